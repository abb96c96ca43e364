import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { parseJson } from "../body.ts";
import { OCP_CODE, OcpRefusal } from "./answer.ts";
import { type OcpCall, OcpDoor, type OcpLimit } from "./door.ts";
import { parseOcpPush } from "./push.ts";
import { listAlarms, listNotifications, showAlarm } from "./read.ts";

/** Far above what an OCP pushes, and far below what the store takes: it stops a script that runs wild. */
const REQUESTS: OcpLimit = { limit: 6_000, per: 60_000 };

/**
 * OCP's alarm interface: the push, and what programs that poll OCP ask for. Everything under `/api/v2/alarm/` is
 * answered here, in OCP's envelope.
 */
export function ocpRoutes(
  relay: Relay,
  { report, pushes = REQUESTS }: { report: (words: string) => void; pushes?: OcpLimit },
): Hono {
  const door = new OcpDoor(relay, { report, limit: pushes });
  const app = new Hono();
  const at = (path: string, handlers: Parameters<OcpDoor["by"]>[0]): void => {
    app.all(`/api/v2/alarm/${path}`, door.by(handlers));
    app.all(`/api/v2/alarm/${path}/`, door.by(handlers));
  };
  at("alarms", { GET: (call) => listAlarms(relay, call), POST: (call) => takePush(relay, call) });
  at("alarms/actived", { GET: (call) => listAlarms(relay, call, "Active") });
  at("alarms/history", { GET: (call) => listAlarms(relay, call, "Inactive") });
  at("alarms/:id", { GET: (call) => showAlarm(relay, call) });
  at("notifications", { GET: (call) => listNotifications(relay, call) });
  app.all("/api/v2/alarm", door.nothing());
  app.all("/api/v2/alarm/*", door.nothing());
  return app;
}

/** `POST /api/v2/alarm/alarms`. The `id` is what the alarm is read by: that of its incident. */
async function takePush(
  { config, accept }: Relay,
  { request, now, text, bytes }: OcpCall,
): Promise<unknown> {
  requireJson(request.headers.get("content-type"));
  const { incoming, event } = parseOcpPush(parseJson(text), {
    now,
    rules: config.ocpRules,
    severities: config.severities,
  });
  const { logged: [logged] } = await accept([incoming], { now, bytes });
  // A recovery with nothing open belongs to no incident.
  return { id: logged!.incident ?? logged!.id, ...event };
}

/** A script that names another type than JSON sends something else. One that names none is taken at its word. @throws */
function requireJson(contentType: string | null): void {
  if (!contentType || /^(application\/json|text\/plain)\b/i.test(contentType)) return;
  throw new OcpRefusal({
    status: 415,
    code: OCP_CODE.badRequest,
    message: "The content type is not supported: send application/json",
  });
}
