import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Incoming } from "../relay/alert.ts";
import type { Group } from "../relay/group.ts";
import type { Relay } from "../relay/relay.ts";
import { targetIn } from "./address_target.ts";
import { parseWebhook, WEBHOOK } from "./alertmanager.ts";
import { requireIntakeToken } from "./auth.ts";
import { parseJson } from "./body.ts";
import { described } from "./described.ts";
import { RequestError } from "./errors.ts";
import { failureOf } from "./failure.ts";
import { readPayload, withLeftOut } from "./payload.ts";
import { noteRefusal, noteTaken } from "./refused.ts";

/** PrometheusAlert answers what the vendor said, as a JSON string. */
const SAID = '{"errcode":0,"errmsg":"ok"}';

const HOW_TO_USE =
  "This address takes Alertmanager's webhook by POST, with ?type=dd, wx, fs, email or webhook and the intake token as &token=";

/** What {@linkcode targetIn} reads. */
const query = z.looseObject({
  type: z.enum(["dd", "wx", "email", "webhook", "fs"]).optional(),
  ...Object.fromEntries(
    ["ddurl", "wxurl", "fsurl", "webhookurl", "email"].map((name) => [
      name,
      z.string().optional().meta({ description: "Whom to tell; several with commas between them" }),
    ]),
  ),
  at: z.string().optional().meta({ description: "Who is called" }),
  rr: z.enum(["true", "false"]).optional().meta({ description: "Only one of several targets, in turn" }),
});

/**
 * `POST /prometheusalert?type=…`: PrometheusAlert's address for Alertmanager. Whom it names is told; when it names
 * nobody, the alerts go where their labels lead. Templates are this relay's own, so `tpl` is not looked at.
 */
export function prometheusAlertRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { config, accept, clock } = relay;
  const app = new Hono();

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const sender = await requireIntakeToken(c.req.raw, { relay, door: "prometheusalert" });
    const { text, bytes, leftOut } = await readPayload(c.req.raw);
    const alerts = parseWebhook(withLeftOut(parseJson(text), leftOut), config);
    const group = await groupOf(new URL(c.req.url).searchParams, { alerts, sender });
    await accept(alerts, { now, bytes, ...group === undefined ? {} : { group } });
    await noteTaken(c, relay, { door: "prometheusalert", leftOut });
    return c.json(SAID);
  }

  /** The group of those that the address names, stored. @throws RequestError, StoreError */
  async function groupOf(
    query: URLSearchParams,
    { alerts, sender }: { alerts: readonly Incoming[]; sender: string },
  ): Promise<Group | undefined> {
    const target = targetIn(query, { config, turn: turnOf(alerts) });
    if (target === undefined || alerts.length === 0) return undefined;
    const made = await relay.adhoc.ensure(target, { sender });
    if ("group" in made) return made.group;
    const [{ path, message }] = made.complaints as [typeof made.complaints[0]];
    throw new RequestError(
      422,
      `Cannot use the target: ${path}: ${message}; defaults.${target.channel} of fenghuo.yaml has what the address lacks`,
    );
  }

  const description = {
    ...WEBHOOK,
    summary: "PrometheusAlert's address for Alertmanager",
    details: "Without a target the alerts go where their labels lead.",
    query,
    answer: () => z.literal(SAID),
    refusals: { 403: "The target is not allowed", 405: HOW_TO_USE },
  };
  app.post("/prometheusalert", described(description, take));
  app.all("/prometheusalert", () => {
    throw new RequestError(405, HOW_TO_USE, { allow: "POST" });
  });
  app.onError(async (error, c) => {
    const { status, message, headers } = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "prometheusalert", status, reason: message });
    return c.json(message, status, { ...headers });
  });
  return app;
}

/** With `rr=true` what belongs together takes the same turn: firing and resolved meet in one place. */
function turnOf([first]: readonly Incoming[]): number {
  return Number.parseInt(first?.alert.origin?.groupKey?.slice(0, 8) ?? "0", 16);
}
