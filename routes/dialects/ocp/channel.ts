import { type Context, Hono } from "hono";
import { z } from "zod";
import { isHushed } from "../../../relay/domain/outcome.ts";
import type { Relay } from "../../../relay/relay.ts";
import { asciiOnly } from "../../http/ascii_json.ts";
import { provenSender, requireIntakeToken } from "../../http/auth.ts";
import { readBody } from "../../http/body.ts";
import { described, type Description } from "../../http/described.ts";
import { RequestError } from "../../http/errors.ts";
import { failureOf } from "../../http/failure.ts";
import { groupNamed } from "../../../relay/config/named_group.ts";
import { noteAccepted, noteRefusal } from "../../http/refused.ts";
import { ocpAlarmOf } from "./alarm.ts";
import { readOcpVariables } from "./variables.ts";

const HOW_TO_USE =
  "This address takes alarms by POST: use it in a channel of OCP, of the type HTTP or script, " +
  "with the intake token as Bearer, as the password of Basic, or as ?token=";

const SEND: Description = {
  summary: "Accept an alarm from an OCP channel of the type HTTP or script",
  door: {
    name: "OceanBase OCP, HTTP and script channels",
    paste: "POST http://fenghuo:8000/ocp/default/default?token=YOUR-INTAKE-TOKEN",
  },
  details:
    "JSON, a form or plain text, with OCP's template variables. Refusals have their status as `errcode`.",
  security: "intake",
  body: z.union([z.record(z.string(), z.unknown()), z.string()]),
  bodyTypes: ["application/json", "application/x-www-form-urlencoded", "text/plain"],
  example: {
    alarm_name: "ob_host_load1_per_cpu_over_threshold",
    alarm_level: "2",
    alarm_target: "host=10.0.0.1",
  },
  answer: () =>
    z.looseObject({
      errcode: z.literal(0),
      errmsg: z.string(),
      successful: z.boolean(),
      id: z.string().optional(),
      folded: z.boolean().optional(),
      test: z.boolean().optional(),
    }),
};

/**
 * `POST /ocp/:owner/:level`: OCP's own channels, of the types HTTP and script. OCP compares the answer with the channel's
 * "Response 校验信息" and retries on a mismatch, so every answer has `errcode`, is ASCII and ends with its
 * brace. Source: OCP's manual, "Manage alert channels".
 */
export function ocpChannelRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function acceptAlarm(c: Context): Promise<Response> {
    const now = clock.now();
    const request = c.req.raw;
    await requireIntakeToken(request, { relay, door: "ocp" });
    // An open intake also accepts requests without a token.
    const authenticated = !config.openIntake ||
      await provenSender(request, { relay, door: "ocp" }) !== undefined;
    const { text, bytes } = await readBody(request);
    if (text.trim() === "") throw new RequestError(400, "The body is empty: send the message");
    const variables = readOcpVariables(text, {
      contentType: request.headers.get("content-type"),
      query: new URL(request.url).searchParams,
    });
    const sent = ocpAlarmOf(variables, { now, severities: config.severities, authenticated });
    if (sent.kind === "own") {
      return accepted({
        ignored: "this relay pushed the alarm to OCP and has already notified people of it",
      });
    }
    const { owner, level, rest = "" } = c.req.param() as Partial<Record<string, string>>;
    const group = level === undefined ? groupNamed(rest, config) : `${owner}/${level}`;
    const { logged: [logged] } = await accept([sent.incoming], {
      now,
      bytes,
      ...group === undefined ? {} : { group },
    });
    await noteAccepted(c, relay, { door: "ocp" });
    const folded = logged!.routing.every(({ outcome }) => isHushed(outcome));
    return accepted({ id: logged!.incident ?? logged!.id, folded, test: sent.kind === "test" });
  }

  app.post("/ocp/:owner/:level", described(SEND, (c: Context) => acceptAlarm(c)));
  app.post("/ocp", acceptAlarm);
  app.post("/ocp/:rest{.+}", acceptAlarm);
  app.all("/ocp/*", () => {
    throw new RequestError(405, HOW_TO_USE, { allow: "POST" });
  });
  app.onError(async (error, c) => {
    const { status, message, headers = {} } = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "ocp", status, reason: message });
    return answer({ errcode: status, errmsg: message, successful: false }, { status, headers });
  });
  return app;
}

function accepted(more: Readonly<Record<string, unknown>>): Response {
  return answer({ errcode: 0, errmsg: "ok", successful: true, ...more }, { status: 200, headers: {} });
}

/** Spelled like DingTalk's answer, without spaces: some callers compare the text. */
function answer(
  body: unknown,
  { status, headers }: { status: number; headers: Readonly<Record<string, string>> },
): Response {
  return new Response(asciiOnly(JSON.stringify(body)), {
    status,
    headers: { "content-type": "application/json;charset=UTF-8", ...headers },
  });
}
