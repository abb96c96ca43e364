import { type ChannelResponse, refused, throttled, type Verdict } from "../../relay/channel.ts";
import { confirmed } from "../_answers/confirmed.ts";
import { fieldsOf } from "../_answers/json.ts";

const DAY = 24 * 3_600_000;

/** The verdict on an answer. Source of the codes: https://github.com/binwiederhier/ntfy/blob/main/server/errors.go */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const { id, code, error } = fieldsOf(response.json);
  const yes = confirmed(response, typeof id === "string");
  if (yes !== undefined || typeof code !== "number") return yes;
  const words = `${code} ${error}`;
  switch (code) {
    case 42901: // one request more in five seconds
      return throttled(words, { waitMs: 5_000 });
    case 42905:
    case 42908: // a visitor's counters begin anew at midnight UTC
      return throttled(words, { waitMs: DAY - now % DAY, quota: true });
    case 40009:
    case 40010:
    case 40101:
    case 40301:
    case 42909:
      return refused("config", words);
  }
}
