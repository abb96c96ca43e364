import { type Context, Hono } from "hono";
import { z } from "zod";
import { turnOfLoop } from "../../relay/base/event_loop.ts";
import type { IncomingAlert } from "../../relay/domain/alert.ts";
import { allows } from "../../relay/domain/role.ts";
import type { Relay } from "../../relay/relay.ts";
import { credentialsIn, requireIntakeToken } from "../http/auth.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { noteAccepted, setSender } from "../http/refused.ts";
import { kindOf } from "../http/wrong_type.ts";
import { readJson, unreadable } from "./body.ts";
import { answerErrors } from "./errors.ts";
import { type AlertOptions, postableAlert, readAlert } from "./postable_alert.ts";

const DOOR = "alertmanager_api";

/** Alerts that are read before other requests get a turn. */
const SLICE = 500;

/** Faults of one request that its answer names. */
const MAX_FAULTS = 20;

/**
 * `POST /api/v2/alerts`: for Prometheus and whatever else sends alerts to an Alertmanager.
 *
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/api.go (`postAlertsHandler`)
 */
export function postAlertsRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const { value, bytes } = await readAuthenticated(c, relay);
    const { alerts, faults } = await readAlerts(value, { ...config, now });
    if (alerts.length > 0) await accept(alerts, { now, bytes });
    if (faults.length > 0) throw oneError(faults);
    await noteAccepted(c, relay, { door: DOOR });
    return new Response(null, { headers: { "cache-control": "no-store" } });
  }

  app.post(
    "/api/v2/alerts",
    described({
      summary: "Accept alerts as Alertmanager does",
      door: {
        name: "Prometheus, vmalert, the rulers of Thanos, Loki and Mimir",
        paste:
          'alertmanagers: [{ static_configs: [{ targets: ["fenghuo:8000"] }], authorization: { credentials: YOUR-INTAKE-TOKEN } }] # http://fenghuo:8000/api/v2/alerts',
      },
      details:
        "Answered when they are stored. The labels identify an alert; it is over at its `endsAt`, or when it is not sent " +
        "again within `resolve_timeout`. An alert that cannot be accepted does not prevent the others.",
      security: "intake",
      body: () => z.array(postableAlert),
      example: [{
        labels: { alertname: "DiskFull", severity: "critical", instance: "db-1" },
        annotations: { summary: "The disk of db-1 is full" },
        generatorURL: "http://prometheus:9090/graph",
      }],
      refusals: { 400: "An alert is wrong: the answer says how. The others are stored" },
    }, take),
  );
  app.onError(answerErrors(relay, { report }));
  return app;
}

/**
 * The body of a sender with a token for this door, or with the API token of an operator: amtool has one for all it does. The
 * admin password does not count: a Prometheus with an old token would be guessing it, and lock the console.
 */
async function readAuthenticated(c: Context, relay: Relay): ReturnType<typeof readJson> {
  try {
    await requireIntakeToken(c.req.raw, { relay, door: DOOR });
  } catch (error) {
    if (!(error instanceof RequestError && error.status === 401)) throw error;
    const password = credentialsIn(c.req.header("authorization") ?? "")?.password ?? "";
    if (!relay.commands.access.isToken(password)) throw error;
    const { identify } = await import("../http/identity.ts"); // most starts are for senders with the intake token
    const identity = await identify(c, relay);
    if (identity === undefined || !allows(identity.role, "operator")) throw error;
    setSender(c, identity.name);
  }
  return await readJson(c.req.raw, "alerts");
}

/** The alerts of a body, and the errors of the others. @throws RequestError 400 */
async function readAlerts(
  value: unknown,
  options: AlertOptions,
): Promise<{ alerts: readonly IncomingAlert[]; faults: readonly RequestError[] }> {
  if (value === null) return { alerts: [], faults: [] };
  if (!Array.isArray(value)) throw unreadable("alerts", `an array is needed, not ${kindOf(value)}`);
  const alerts: IncomingAlert[] = [];
  const faults: RequestError[] = [];
  for (const [index, one] of value.entries()) {
    if (index > 0 && index % SLICE === 0) await turnOfLoop();
    const read = readAlert(one, { ...options, index });
    if (read instanceof RequestError) faults.push(read);
    else alerts.push(read);
  }
  return { alerts, faults };
}

/** One error for all faults. A fault of the body's form decides on the answer, as it does in Alertmanager. */
function oneError(faults: readonly RequestError[]): RequestError {
  const ofForm = faults.find(({ details }) => details.code !== undefined);
  if (ofForm) return ofForm;
  const shown = faults.slice(0, MAX_FAULTS).map(({ message }) => message);
  const more = faults.length > MAX_FAULTS ? [`and ${faults.length - MAX_FAULTS} more`] : [];
  return new RequestError(400, [...shown, ...more].join("; "));
}
