import type { Status } from "../alert.ts";
import type { MappedStatus } from "./mapping.ts";

/** Common words for the two states, in lower case. */
const WORDS: Readonly<Record<Status, readonly string[]>> = {
  firing: [
    "firing",
    "fire",
    "alert",
    "alerting",
    "alarm",
    "problem",
    "trigger",
    "triggered",
    "open",
    "opened",
    "active",
    "activated",
    "new",
    "down",
    "failed",
    "failure",
    "fail",
    "error",
    "warn",
    "warning",
    "critical",
    "unknown",
    "nodata",
    "no data",
    "insufficient_data",
    "true",
    "1",
    "告警",
    "触发",
    "异常",
  ],
  resolved: [
    "resolved",
    "resolve",
    "ok",
    "okay",
    "recovery",
    "recover",
    "recovered",
    "close",
    "closed",
    "clear",
    "cleared",
    "normal",
    "up",
    "inactive",
    "deactivated",
    "success",
    "succeeded",
    "passed",
    "fixed",
    "false",
    "0",
    "恢复",
    "已恢复",
    "正常",
  ],
};

const BY_WORD: ReadonlyMap<string, Status> = new Map(
  (["firing", "resolved"] as const).flatMap((status) => WORDS[status].map((word) => [word, status] as const)),
);

/** The status for a sender's word; `undefined` for an unknown word. `extra`: more words, in lower case, which go first. */
export function statusOf(
  text: string,
  extra: ReadonlyMap<string, MappedStatus> = new Map(),
): MappedStatus | undefined {
  const word = text.trim().toLowerCase();
  return extra.get(word) ?? BY_WORD.get(word);
}
