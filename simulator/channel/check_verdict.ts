/**
 * Checks verdicts: their shape, and the verdicts on undocumented answers.
 *
 * @module
 */
import type { ChannelResponse, Throttled, Verdict } from "../../relay/channel.ts";
import { conceal } from "../../relay/redaction/redact.ts";
import { problemOfVerdict } from "../../relay/delivery/channel_result.ts";
import type { Configured } from "./attempt.ts";
import { fault, type Finding } from "./finding.ts";
import { NOW } from "./messages.ts";
import type { Subject } from "./subject.ts";

/** The longest throttle that the relay accepts, unless it is marked as a quota's. */
const LONGEST_THROTTLE = 15 * 60_000;

/** Checks a verdict. @returns its faults */
export function checkVerdict(
  verdict: Verdict,
  about: string,
  { secrets }: Pick<Configured, "secrets">,
): Finding[] {
  const problem = problemOfVerdict(verdict);
  if (problem !== undefined) {
    return [fault(
      `${about}: ${problem}`,
      "return delivered(…), throttled(…), retry(…), refused(…) or skipped(…), or undefined for the default",
    )];
  }
  const findings: Finding[] = [];
  if (verdict.because.trim() === "") {
    findings.push(
      fault(`${about}: the verdict ${verdict.kind} gives no reason`, "quote the vendor's code and words"),
    );
  } else if (conceal(verdict.because, secrets) !== verdict.because) {
    findings.push(fault(
      `${about}: the words of the verdict ${verdict.kind} tell a secret`,
      "quote the vendor's answer, not the config",
    ));
  }
  if (verdict.kind === "throttled") findings.push(...waitFaults(verdict, about));
  else if ("waitMs" in verdict && Number.isNaN(Number(verdict.waitMs ?? 0))) {
    findings.push(fault(`${about}: ${verdict.kind} waits ${verdict.waitMs}`, NO_NUMBER));
  }
  return findings;
}

const NO_NUMBER = "compute waitMs from what is there, with a default: retryAfter(headers, { now }) ?? 60_000";

/** Checks the wait of a throttle, because the relay enforces its own bounds. @returns its faults */
function waitFaults({ waitMs, quota }: Throttled, about: string): Finding[] {
  if (typeof waitMs !== "number" || Number.isNaN(waitMs)) {
    return [fault(`${about}: throttled waits ${waitMs}`, NO_NUMBER)];
  }
  if (waitMs < 1_000) {
    return [fault(
      `${about}: throttled waits ${waitMs} ms`,
      "give waitMs in milliseconds, at least 1,000: the vendor has asked for a rest",
    )];
  }
  return waitMs <= LONGEST_THROTTLE || quota ? [] : [fault(
    `${about}: throttled waits ${Math.round(waitMs / 60_000)} minutes, of which a relay keeps 15`,
    "set quota: true where a day's or a month's quota is used up",
  )];
}

/** Answers of vendors, and of gateways in front of them. */
const ANSWERS: readonly string[] = [
  "",
  "ok",
  "null",
  "[]",
  "0",
  '"x"',
  "{}",
  '{"errcode":-1}',
  '{"errcode":{"a":1},"errmsg":[]}',
  '{"code":0,"msg":"success"}',
  '{"ok":false,"error":"x"}',
  '{"status":1111,"punish":"deny"}',
  "<!DOCTYPE html><title>login</title>",
  '{"errmsg":"\\ud83d"}',
];

const STATUSES = [200, 204, 302, 400, 401, 403, 404, 410, 413, 429, 500, 502, 503] as const;

/** Check the verdicts on answers of any kind. */
export async function checkVerdicts(subject: Subject): Promise<void> {
  const { channel } = subject;
  for (const status of STATUSES) {
    for (const text of ANSWERS) {
      const about = `HTTP ${status} with ${text === "" ? "nothing" : JSON.stringify(text.slice(0, 40))}`;
      const response = responseWith(text, { status });
      if (channel.success && status < 300) {
        await subject.ask(`success, on ${about}`, () => channel.success!(response));
      }
      if (!channel.verdict) continue;
      const running = `verdict, on ${about}`;
      const verdict = await subject.ask(running, () => channel.verdict!(response, { now: NOW }));
      if (verdict === undefined) continue;
      subject.add(...checkVerdict(verdict, running, subject));
      if (status >= 300 && verdict?.kind === "delivered") {
        subject.add(
          fault(`${running}: it is delivered`, "say delivered only for an answer that is the vendor's yes"),
        );
      }
    }
  }
}

/** An answer in the form that channels read. */
export function responseWith(
  text: string,
  { status = 200, headers = {} }: { status?: number; headers?: HeadersInit } = {},
): ChannelResponse {
  return { status, headers: new Headers(headers), text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
