/**
 * The answers of alarm_v2: a code, always in HTTP 200, and a reason.
 *
 * @module
 */
import type { Config } from "../../relay/config/mod.ts";
import type { Outcome } from "../../relay/domain/outcome.ts";
import type { FirstAttempt } from "../../relay/intake/first_attempts.ts";
import { asciiJson } from "../http/ascii_json.ts";

/** The codes that alarm_v2 answers with, always in HTTP 200. */
export const CODE = {
  ok: 0,
  notAnObject: 1000,
  wrongParameters: 1001,
  notJson: 1002,
  notPostOld: 1003,
  notPost: 1004,
  insideWindow: 1010,
  wrongSignature: 2000,
  unknownDepartment: 2002,
  unknownEnvironment: 2003,
  notAString: 2009,
  storeUnavailable: 3000,
  noGroup: 3001,
} as const;

/** The code of a channel's failure, by the vendor that the channel's name begins with; for other channels 4006. */
const CHANNEL_CODES: readonly {
  readonly vendor: string;
  readonly send: number;
  readonly token?: number;
  readonly chat?: number;
}[] = [
  { vendor: "dingtalk", token: 4000, chat: 4001, send: 4002 },
  { vendor: "wecom", token: 4003, send: 4004 },
  { vendor: "email", send: 4005 },
];
const OTHER_CHANNEL = 4006;

/** A request that is answered with a code and a reason. */
export class AlarmV2Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Answers with a code. */
export function answer(body: object): Response {
  return new Response(asciiJson(body), { headers: { "content-type": "application/json" } });
}

/** The reason why an alert was counted but not sent. */
export function whyHushed(outcome: Outcome): string {
  switch (outcome.kind === "suppressed" ? outcome.by : outcome.kind) {
    case "silence":
      return "A silence covers the alert: it is counted and not sent";
    case "inhibited":
      return "Another incident inhibits the alert: it is counted and not sent while that one lasts";
    case "acknowledged":
      return "Somebody has acknowledged the alert: it is counted and not sent again";
    case "flapping":
      return "The alert comes and goes: it is counted and not sent until it settles";
    default:
      return "The same alert was sent within the window: it is counted and not sent again";
  }
}

/** The answer after the first attempts. */
export function summarise(attempts: readonly FirstAttempt[], { groups }: Config): object {
  const channelOf = (id: string): string => {
    const group = groups.get(id.slice(0, id.lastIndexOf("/")));
    return group?.destinations.find((destination) => destination.id === id)?.channel ?? id;
  };
  const failed = attempts.filter(({ state }) => state === "failed").map(
    ({ destination, because, step = "send" as const }) => {
      const channel = channelOf(destination);
      const codes = CHANNEL_CODES.find(({ vendor }) => channel.split("_")[0] === vendor);
      return { code: codes?.[step] ?? codes?.send ?? OTHER_CHANNEL, words: `${channel}: ${because}` };
    },
  );
  const pending = [
    ...new Set(attempts.filter(({ state }) => state === "pending").map((one) => channelOf(one.destination))),
  ];
  return {
    code: failed.length === 0 ? CODE.ok : Math.min(...failed.map(({ code }) => code)),
    ...failed.length === 0 ? {} : { message: failed.map(({ words }) => words).join("; ") },
    ...pending.length === 0 ? {} : { pending },
  };
}
