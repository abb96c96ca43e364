/**
 * The sentences of a timeline: the same in the console, in the API and in tasks.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { shownState } from "../domain/record.ts";
import type { Locale } from "../base/locale.ts";
import { cut, oneLine, printable } from "../base/text.ts";
import { formatTime } from "../base/time.ts";
import type { TextKey, Translate } from "../message/locale.ts";
import type { ItemRun, TimelineDelivery, TimelineItem } from "./timeline.ts";
import { outcomeWords } from "./why.ts";

/** The longest title of another incident. */
const TITLE_CHARS = 80;

/** The context of the sentences. */
export interface TimelineWords {
  readonly t: Translate;
  readonly locale: Locale;
  readonly timezone: string;
  /** The name of a member, by id; of another text the text itself. */
  readonly nameOf: (member: string) => string;
}

/** A line in words. */
export interface TimelineSentences {
  readonly text: string;
  /** The begin and the number, if several facts share the line. */
  readonly run?: string;
  /** For each group: whether it was notified, unless the line itself says so, and the results of the deliveries. */
  readonly notified: readonly { readonly text: string; readonly deliveries: readonly string[] }[];
}

/** A line in words. */
export function timelineSentences(item: TimelineItem, words: TimelineWords): TimelineSentences {
  return {
    text: oneLine(sentenceOf(item, words)),
    ...item.run && { run: runWords(item.run, words) },
    notified: notifiedOf(item, words),
  };
}

/** A timeline as plain lines, each with its time; details of a line begin with spaces. */
export function timelineText(items: readonly TimelineItem[], words: TimelineWords): string[] {
  return items.flatMap((item) => {
    const { text, run, notified } = timelineSentences(item, words);
    return [
      `${formatTime(item.at, words)} ${text}`,
      ...run === undefined ? [] : [`  ${run}`],
      ...notified.flatMap((
        { text, deliveries },
      ) => [
        ...text === "" ? [] : [`  ${text}`],
        ...deliveries.map((line) => `    ${line}`),
      ]),
    ];
  }).map(printable);
}

function sentenceOf(item: TimelineItem, words: TimelineWords): string {
  const { t, nameOf } = words;
  const time = (ms: number): string => formatTime(ms, words);
  switch (item.kind) {
    case "alert": {
      const severity = item.severity === undefined ? "?" : t(`severity.${item.severity}`);
      if (item.first) return t("timeline.first", { severity });
      if (item.status === "firing") return t("timeline.firing", { severity });
      return t(item.assumed ? "timeline.cleared" : "timeline.resolved");
    }
    case "duplicates":
      return t(item.count === 1 ? "timeline.duplicate" : "timeline.duplicates", { count: item.count });
    case "notified":
      return t("message.field", {
        name: item.group,
        value: t(`why.told.${item.reason}` as TextKey, { folded: 0 }),
      });
    case "escalated": {
      const { step, time: times, group, to, early } = item;
      const whom = "group" in to ? to.group : listed(to.members.map(nameOf), words);
      const sentence = t(times > 1 ? "timeline.escalatedAgain" : "timeline.escalated", {
        step,
        time: times,
        group,
        to: whom,
      });
      return early === undefined ? sentence : joined([sentence, t("timeline.early")], words);
    }
    case "expired":
      return item.by === undefined
        ? t(`timeline.ended.${item.what}`)
        : t(`timeline.expired.${item.what}`, { by: nameOf(item.by) });
    case "stale":
      return t("timeline.stale");
    default: {
      const by = nameOf(item.by) || t("incidents.somebody");
      const until = "until" in item && item.until !== undefined ? time(item.until) : undefined;
      const from = "from" in item && item.from !== undefined ? nameOf(item.from) : undefined;
      const params = {
        by,
        until: until ?? "",
        from: from ?? "",
        to: "to" in item ? nameOf(item.to) : "",
        destination: item.kind === "resent" ? item.destination : "",
      };
      const key = item.kind === "acknowledged" && until !== undefined
        ? "timeline.acknowledgedUntil"
        : item.kind === "taken" && from !== undefined
        ? "timeline.takenFrom"
        : `timeline.${item.kind}` as const;
      const said = t(key, params);
      const via = item.via === undefined ? "" : t("timeline.via", { via: item.via });
      const sentence = said.slice(0, -1) + via;
      const text = "text" in item && item.text ? item.text : undefined;
      return text === undefined ? sentence + said.at(-1)! : t("timeline.says", { sentence, text });
    }
  }
}

function runWords({ since, times, duplicates, mixed }: ItemRun, words: TimelineWords): string {
  const { t } = words;
  const run = t(mixed ? "timeline.mixed" : "timeline.run", { times, since: formatTime(since, words) });
  return duplicates === 0 ? run : joined([run, t("timeline.between", { count: duplicates })], words);
}

function notifiedOf(item: TimelineItem, words: TimelineWords): TimelineSentences["notified"] {
  const { t } = words;
  const lines = (all: readonly TimelineDelivery[]): string[] => all.map((one) => deliveryWords(one, words));
  if (item.kind === "alert") {
    return item.groups.map(({ group, outcome, inhibitor, deliveries }) => {
      const { held, flush } = outcome.kind === "told" ? outcome : {};
      const waits = held !== undefined
        ? [t("why.held", { time: formatTime(held, words) })]
        : flush !== undefined
        ? [t("why.flush", { time: formatTime(flush, words) })]
        : [];
      const text = t("message.field", {
        name: group,
        value: joined([
          inhibitor === undefined
            ? outcomeWords(outcome, t)
            : t("why.inhibited.by", { title: cut(oneLine(inhibitor), { chars: TITLE_CHARS }) }),
          ...waits,
        ], words),
      });
      return { text, deliveries: lines(deliveries) };
    });
  }
  if (item.kind !== "notified" && item.kind !== "escalated") return [];
  return [{ text: "", deliveries: lines(item.deliveries) }];
}

/** The result of a delivery, its recipients, and the vendor's response. */
export function deliveryWords(delivery: TimelineDelivery, words: TimelineWords): string {
  const { t } = words;
  const { destination, state, by, because, at, next = "" } = delivery;
  const params = { destination, because, next, time: at === undefined ? "" : formatTime(at, words) };
  const shown = shownState(defined({ state, by }));
  const outcome = shown === "pending"
    ? because === "" ? "waiting" : "retried"
    : shown === "suppressed"
    ? "rerouted"
    : shown;
  return oneLine(joined(
    [
      t(`timeline.delivery.${outcome}`, params),
      peopleWords(delivery, words),
    ].filter((sentence) => sentence !== ""),
    words,
  ));
}

/** The recipients whom a delivery notified, and those whom it did not reach. */
export function peopleWords(
  { to = [], missed = [] }: Pick<TimelineDelivery, "to" | "missed">,
  words: TimelineWords,
): string {
  const people = (ids: readonly string[]): string => listed(ids.map(words.nameOf), words);
  return joined([
    ...to.length > 0 ? [words.t("timeline.delivery.to", { people: people(to) })] : [],
    ...missed.length > 0 ? [words.t("timeline.delivery.missed", { people: people(missed) })] : [],
  ], words);
}

function listed(names: readonly string[], { t }: TimelineWords): string {
  return names.join(t("list.comma"));
}

/** Sentences after one another; Chinese has no space between them. */
function joined(sentences: readonly string[], { locale }: TimelineWords): string {
  return sentences.join(locale === "zh" ? "" : " ");
}
