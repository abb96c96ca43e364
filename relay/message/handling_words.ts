/**
 * The sentences of a message about the handling of an incident: the person who acknowledged, took, closed or reopened
 * it and the time, the target of an escalation, and the person who handled it until it was resolved.
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

/** Our choice: the most characters of a name. */
const NAME_CHARS = 60;

/** Our choice: the most characters of a person's text. */
export const REMARK_CHARS = 200;

/** The part of an entry that determines the words. */
export interface HandledEntry {
  readonly reason: Reason;
  /** The name of the person who acted; with the reason `escalated`, of the person it was escalated to. */
  readonly by?: string;
  /** The time of the person's action, or of the escalation. */
  readonly at?: number;
  /** The person's text. */
  readonly remark?: string;
  readonly handling?: Handling;
}

/** The context of the words. */
interface WordsContext {
  readonly group: Pick<Group, "locale" | "timezone">;
  readonly now: number;
}

/** A name for display. */
function named(name: string): string {
  return cut(oneLine(name), { chars: NAME_CHARS });
}

/** The handling of an incident in the form that channels get. */
export function messageHandling({ by, holder, since, until, snoozed, note }: Handling): MessageHandling {
  const name = holder ?? by;
  return { since, ...defined({ by: name && named(name), until, snoozed, note }) };
}

/** The sentence about the action, and the one about the person who handled it; each is missing if it does not apply. */
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

/** The sentence without times; `undefined` if the message is not about an action. */
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

/** The sentence about the person who handled it, for the message about its end. */
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
