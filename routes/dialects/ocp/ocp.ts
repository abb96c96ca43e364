import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../../relay/relay.ts";
import { parseJson } from "../../http/body.ts";
import { described, type Description } from "../../http/described.ts";
import { OCP_CODE, OcpRefusal } from "./answer.ts";
import { type OcpCall, OcpDoor, type OcpLimit } from "./door.ts";
import { ocpPush, parseOcpPush } from "./push.ts";
import { listAlarms, listNotifications, showAlarm } from "./read.ts";

/** Far above the rate of any OCP, and far below the store's capacity: it stops a runaway script. */
const REQUESTS: OcpLimit = { limit: 6_000, per: 60_000 };

/** The envelope of every answer, in ASCII. */
const envelope = z.looseObject({
  successful: z.boolean(),
  status: z.int(),
  data: z.unknown().optional(),
  error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
  traceId: z.string(),
});

const ALARM_FILTERS = [
  "status",
  "level",
  "appType",
  "scope",
  "alarmType",
  "target",
  "activeAtStart",
  "activeAtEnd",
  "keyword",
];

const PUSH: Description = {
  door: {
    name: "OceanBase OCP, push",
    paste: "http://ocp:YOUR-INTAKE-TOKEN@fenghuo:8000/api/v2/alarm/alarms",
  },
  summary: "Accept an alarm that OCP pushes",
  details: "Alarms of the same `alarmType` and `target` are the same.",
  security: "ocp",
  body: ocpPush,
  example: { alarmType: "ob_tenant_down", target: "tenant=mysql", labels: { cluster: "c1" }, level: 2 },
  answer: () => envelope,
  refusals: {
    400: "A field is wrong",
    401: "The login is missing or wrong",
    415: "It is no JSON",
    429: "Too many requests",
  },
};

function listed(summary: string, filters: readonly string[]): Description {
  const text = z.string().optional();
  return {
    summary,
    details: "In OCP's envelope, the newest first.",
    security: "ocp",
    query: z.looseObject({
      page: z.coerce.number().int().min(1).default(1),
      size: z.coerce.number().int().min(1).max(200).default(10),
      ...Object.fromEntries(filters.map((name) => [name, text])),
    }),
    answer: () => envelope,
    refusals: { 400: "A parameter is wrong", 401: "The login is missing or wrong", 429: "Too many requests" },
  };
}

/**
 * OCP's alarm interface: the push, and the lists that programs poll. Everything under `/api/v2/alarm/` is
 * answered here, in OCP's envelope.
 */
export function ocpRoutes(
  relay: Relay,
  { report, pushes = REQUESTS }: { report: (words: string) => void; pushes?: OcpLimit },
): Hono {
  const door = new OcpDoor(relay, { report, limit: pushes });
  const app = new Hono();
  const at = (
    path: string,
    handlers: Parameters<OcpDoor["by"]>[0],
    description: Parameters<typeof described>[0],
  ): void => {
    app.all(`/api/v2/alarm/${path}`, described(description, door.by(handlers)));
  };
  at(
    "alarms",
    { GET: (call) => listAlarms(relay, call), POST: (call) => acceptPush(relay, call) },
    { GET: listed("Alarms that were pushed", ALARM_FILTERS), POST: PUSH },
  );
  at("alarms/actived", { GET: (call) => listAlarms(relay, call, "Active") }, {
    GET: listed("Those that are open", ALARM_FILTERS),
  });
  at("alarms/history", { GET: (call) => listAlarms(relay, call, "Inactive") }, {
    GET: listed("Those that are over", ALARM_FILTERS),
  });
  at("alarms/:id", { GET: (call) => showAlarm(relay, call) }, {
    GET: {
      summary: "One alarm",
      security: "ocp",
      answer: () => envelope,
      refusals: { 404: "There is none" },
    },
  });
  at("notifications", { GET: (call) => listNotifications(relay, call) }, {
    GET: listed("Deliveries of alarms", ["alarmId", "status"]),
  });
  app.all("/api/v2/alarm", door.nothing());
  app.all("/api/v2/alarm/*", door.nothing());
  return app;
}

/** `POST /api/v2/alarm/alarms`. The `id` in the answer is the incident's: the alarm is read by it. */
async function acceptPush(
  { accept, query: { config } }: Relay,
  { request, now, text, bytes }: OcpCall,
): Promise<unknown> {
  requireJson(request.headers.get("content-type"));
  const { incoming, event } = parseOcpPush(parseJson(text), {
    now,
    rules: config.ocpRules,
    severities: config.severities,
  });
  const { logged: [logged] } = await accept([incoming], { now, bytes });
  // A recovery without an open incident belongs to none.
  return { id: logged!.incident ?? logged!.id, ...event };
}

/** Refuse a content type that is not JSON. A missing content type is accepted. @throws OcpRefusal */
function requireJson(contentType: string | null): void {
  if (!contentType || /^(application\/json|text\/plain)\b/i.test(contentType)) return;
  throw new OcpRefusal({
    status: 415,
    code: OCP_CODE.badRequest,
    message: "The content type is not supported: send application/json",
  });
}
