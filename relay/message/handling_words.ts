/**
 * What a message says about the people of an incident: who acknowledged, took, closed or reopened it and when, whom it was
 * escalated to, and who took care of it until it was resolved.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { DAY } from "../base/duration.ts";
import { cut, oneLine } from "../base/text.ts";
import { shortTime } from "../base/time.ts";
import type { MessageAlert, MessageHandling } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import type { Handling } from "../domain/handling.ts";
import type { Reason } from "../domain/outcome.ts";
import { type Translate, translator } from "./locale.ts";

/** Our choice: characters of a name. */
const NAME_CHARS = 60;

/** Our choice: characters of what a person wrote. */
export const REMARK_CHARS = 200;

/** The part of an entry that the words depend on. */
export interface HandledEntry {
  readonly reason: Reason;
  /** The person; with the reason `escalated`, who is notified now. */
  readonly by?: string;
  /** When that was. */
  readonly at?: number;
  /** What the person wrote. */
  readonly remark?: string;
  readonly handling?: Handling;
}

/** The context of the words. */
interface WordsContext {
  readonly group: Pick<Group, "locale" | "timezone">;
  readonly now: number;
}

/** A name as it is shown. */
function named(name: string): string {
  return cut(oneLine(name), { chars: NAME_CHARS });
}

/** Who takes care of an incident, for a channel. */
export function messageHandling({ by, holder, since, until, snoozed, note }: Handling): MessageHandling {
  const name = holder ?? by;
  return { since, ...defined({ by: name && named(name), until, snoozed, note }) };
}

/** The sentence about what was done, and the one about who took care of it; each is missing where it does not apply. */
export function handlingWords(
  entry: HandledEntry,
  context: WordsContext,
): Pick<MessageAlert, "event" | "handled"> {
  return defined({ event: eventOf(entry, context), handled: handledOf(entry, context) });
}

function eventOf(entry: HandledEntry, context: WordsContext): string | undefined {
  const { reason, remark, handling, at } = entry;
  const t = translator(context.group.locale);
  const sentence = sentenceOf(entry, t);
  if (sentence === undefined) return undefined;
  const since = reason === "acknowledged" ? handling?.since ?? at : at;
  const until = reason === "acknowledged" ? handling?.until : undefined;
  const said = remark === undefined ? "" : cut(oneLine(remark), { chars: REMARK_CHARS });
  const words = sentence + periodOf({ since, until }, { ...context, t, lasts: reason === "acknowledged" });
  return said === "" ? words : t("message.field", { name: words, value: said });
}

/** The sentence without times; `undefined` for a message that is not about what was done. */
function sentenceOf({ reason, by: person, handling }: HandledEntry, t: Translate): string | undefined {
  const by = person === undefined ? "" : named(person);
  switch (reason) {
    case "acknowledged": {
      if (by === "") return undefined;
      if (handling?.snoozed) return t("event.snoozed", { by });
      const holder = handling?.holder === undefined ? "" : named(handling.holder);
      if (holder === "") return t("event.acknowledged", { by });
      return holder === by ? t("event.taken", { by }) : t("event.assigned", { by, to: holder });
    }
    case "unacknowledged":
      return by === "" ? t("reason.expired") : t("event.unacknowledged", { by });
    case "expired":
      return by === "" ? t("reason.expired") : t("event.expired", { by });
    case "escalated":
    case "closed":
    case "reopened":
      return by === "" ? undefined : t(`event.${reason}`, { by });
    default:
      return undefined;
  }
}

/** Who took care of it, in the message about its end. */
function handledOf({ reason, handling }: HandledEntry, context: WordsContext): string | undefined {
  if (reason !== "resolved" || handling === undefined || handling.snoozed) return undefined;
  const { by = "" } = messageHandling(handling);
  if (by === "") return undefined;
  const t = translator(context.group.locale);
  return t(handling.holder === undefined ? "handled.acknowledged" : "handled.held", { by }) +
    periodOf({ since: handling.since, until: undefined }, {
      ...context,
      t,
      lasts: handling.holder !== undefined,
    });
}

/** `（03:12 起，至 05:12）`; a point in time is `（03:12）`. */
function periodOf(
  { since, until }: { since: number | undefined; until: number | undefined },
  { group: { timezone }, now, t, lasts }: WordsContext & { t: Translate; lasts: boolean },
): string {
  if (since === undefined) return "";
  const short = (ms: number): string =>
    shortTime(ms, { now: Math.abs(now - ms) < DAY ? ms : Infinity, timezone });
  const from = short(since);
  if (!lasts) return t("event.at", { from });
  return until === undefined ? t("event.since", { from }) : t("event.until", { from, until: short(until) });
}
