import { type Context, Hono } from "hono";
import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../relay/base/hash.ts";
import { isHushed } from "../../relay/domain/outcome.ts";
import { type Relay, StoreError } from "../../relay/relay.ts";
import type { SignatureUse } from "../../relay/domain/signature.ts";
import { isTooDeep, parseJson, readBody } from "../http/body.ts";
import { described, type Description } from "../http/described.ts";
import { failureOf } from "../http/failure.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { AlarmV2Refusal, answer, CODE, summarise, whyHushed } from "./alarm_v2_answer.ts";
import {
  authenticate,
  callBody,
  type Parameters,
  readParameters,
  requireFresh,
  requireGroup,
  toIncoming,
} from "./alarm_v2_call.ts";

const ALARM: Description = {
  summary: "Accept one signed alert, and answer after each destination was tried",
  door: { name: "alarm_v2, signed", paste: "POST http://fenghuo:8000/alarm_v2" },
  details: "Every answer is HTTP 200; `code` is the result, 0 is success. " +
    "An unknown parameter is refused with 1001; every value is a string.",
  security: "signed",
  body: callBody,
  answer: () => z.looseObject({ code: z.int(), message: z.string().optional() }),
};

/**
 * `POST /alarm_v2`, and the older `POST /alarm`: one signed alert. It is answered with a code after each destination was
 * tried.
 */
export function alarmV2Routes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { config, clock } = relay.query;
  const app = new Hono();

  async function handle(c: Context): Promise<Response> {
    try {
      const answered = await acceptCall(c);
      await noteAccepted(c, relay, { door: "alarm_v2" });
      return answer(answered);
    } catch (error) {
      if (error instanceof AlarmV2Refusal) return await refuse(c, error.code, error.message);
      const { status, message } = failureOf(error as Error, c, report);
      if (status >= 500) {
        relay.metrics.refused("alarm_v2", CODE.storeUnavailable);
        return answer({ code: CODE.storeUnavailable, message });
      }
      // A call that is too large to store has a wrong parameter; any other refusal is about the body.
      return await refuse(c, error instanceof StoreError ? CODE.wrongParameters : CODE.notJson, message);
    }
  }

  async function refuse(c: Context, code: number, message: string): Promise<Response> {
    await noteRefusal(c, relay, { door: "alarm_v2", status: code, reason: message });
    return answer({ code, message });
  }

  /** Finds a department that another instance has just created. */
  async function lookForDepartment({ dep }: Parameters): Promise<void> {
    if (!config.departments.has(dep!)) await relay.commands.lookAgainFor(dep!);
  }

  /** The same for a group. Only for authenticated calls, because all callers share a limit of reads. */
  async function lookForGroup({ id, level }: Parameters): Promise<void> {
    if (!config.groups.has(`${id}/${level}`)) await relay.commands.lookAgainFor(`${id}/${level}`);
  }

  async function acceptCall(c: Context): Promise<object> {
    const now = clock.now();
    const { method, path, raw } = c.req;
    if (method !== "POST") {
      const code = path === "/alarm" ? CODE.notPostOld : CODE.notPost;
      throw new AlarmV2Refusal(code, `The method is ${method}: send a POST`);
    }
    const { text, bytes } = await readBody(raw, { within: readingOfStrangers });
    if (isTooDeep(text)) {
      throw new AlarmV2Refusal(
        CODE.notAnObject,
        "The body is not an object of strings but nested too deeply: send the parameters as one JSON object",
      );
    }
    const parameters = readParameters(parseJson(text));
    await lookForDepartment(parameters);
    const department = authenticate(parameters, config.departments);
    setSender(c, `department ${parameters.dep}`);
    await lookForGroup(parameters);
    const group = requireGroup(parameters, config);
    const { alarmMaxAge: maxAge, timezone } = config;
    if (maxAge !== undefined) requireFresh(parameters, { now, timezone, maxAge });
    const signature = await claimSignature(parameters, now);
    const { logged: [logged], attempts } = await relay.accept(
      [toIncoming(parameters, department, { now, timezone })],
      { now, bytes, group, waitUntil: now + config.alarmWait, signature },
    );
    const hushed = logged?.routing.every(({ outcome }) => isHushed(outcome)) && logged.routing[0];
    if (hushed) return { code: CODE.insideWindow, message: whyHushed(hushed.outcome) };
    return summarise(attempts, config);
  }

  /**
   * Claim the signature of a call. It covers the values joined without separators, so only the parameters of its first use
   * count as signed. The same call again is a retry.
   *
   * @throws AlarmV2Refusal, StoreError
   */
  async function claimSignature({ sign, ...signed }: Parameters, now: number): Promise<SignatureUse> {
    const parameters = sha256Hex(canonicalJson(signed), 32);
    const use = await relay.commands.claimSignature(sign!.toLowerCase(), parameters, now);
    if (use) return use;
    throw new AlarmV2Refusal(
      CODE.wrongSignature,
      "sign came with other parameters before: sign each call with its own values",
    );
  }

  const handler = described({ POST: ALARM }, handle);
  for (const path of ["/alarm_v2", "/alarm"]) app.all(path, handler);
  return app;
}
