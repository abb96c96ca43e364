import { formatDuration, formatTime } from "../base/time.ts";
import { type TextKey, type Translate, translator } from "../message/locale.ts";
import { type AttemptRecord, isFollowUp, isWhole, type LoggedAlert, type Routing } from "../domain/record.ts";
import type { Advice } from "../channel.ts";
import type { Locale } from "../base/locale.ts";
import { isTest } from "../domain/test_alert.ts";
import { cut, oneLine, printable } from "../base/text.ts";
import { haveRemindersStopped } from "../domain/reminder.ts";
import { type Incident, notifiedGroups } from "../domain/incident.ts";
import type { Outcome, Suppressed } from "../domain/outcome.ts";
import { MAX_REACH } from "../domain/reach.ts";
import type { Followed } from "./shapes/deliveries.ts";

/** The longest title in a sentence. */
const TITLE_CHARS = 200;

/** The alert of which a group was notified, and of which a later alert was a duplicate. */
export interface DuplicateOf {
  readonly alert: string;
  /** The window's end, if it is still stored. */
  readonly until?: number;
}

/** All records of an alert. */
export interface Trace {
  readonly alert: LoggedAlert;
  readonly incident: Incident | undefined;
  /** By group: the alert that this one duplicates. */
  readonly into: ReadonlyMap<string, DuplicateOf>;
  readonly deliveries: readonly Followed[];
  /** The comments of stored silences, by id. */
  readonly silences?: ReadonlyMap<string, { readonly comment: string }>;
  /** The incidents that inhibited it, by id. */
  readonly inhibitors?: ReadonlyMap<string, Incident>;
}

/**
 * Explains the notifications of an alert, with the reason for each group: sentences in order. A sentence about an
 * attempt begins with two spaces.
 */
export function why(
  trace: Trace,
  { now, locale, timezone }: { now: number; locale: Locale; timezone: string },
): string[] {
  const story = new Story({ t: translator(locale), now, locale, timezone });
  return [
    ...story.received(trace),
    ...trace.alert.routing.flatMap((routing) => [
      story.routed(routing),
      story.outcome(routing, trace),
      ...trace.deliveries.filter(({ group }) => group === routing.group)
        .flatMap((delivery) => story.followed(delivery, trace.deliveries)),
    ]),
    ...story.beyond(trace.alert),
  ].map(printable);
}

/** The reason why a delivery is pending, as a part of a sentence. */
export function waitsFor(
  { entry, record, pause, budget }: Pick<Followed, "entry" | "record" | "pause" | "budget">,
  { t, now, time }: { t: Translate; now: number; time: (ms: number) => string },
): string {
  const { due = 0, held } = entry ?? {};
  if (held === "quiet" && due > now) return t("why.quiet", { time: time(due) });
  if (held === "group" && due > now) return t("why.messageGroup", { time: time(due) });
  if (pause) {
    return t(`why.pause.${pause.kind}` as TextKey, { time: time(pause.until), because: pause.because });
  }
  if (due > now) return t("why.due", { time: time(due), because: record?.because ?? "" });
  if (!budget) return t("why.turn");
  const { messages, per, used } = budget;
  const period = typeof per === "number"
    ? t("overview.per.seconds", { seconds: per / 1_000 })
    : t(`overview.per.${per}`);
  return t("why.budget", { messages, per: period, used });
}

/** The outcome of an alert for a group, in a sentence that needs the outcome alone. */
export function outcomeWords(outcome: Outcome, t: Translate): string {
  switch (outcome.kind) {
    case "told":
      return t(outcome.still ? "why.told.still" : `why.told.${outcome.reason}`, { folded: outcome.folded });
    case "folded":
      return t(outcome.still ? "why.resent" : "why.folded");
    case "suppressed":
      return t(`why.suppressed.${outcome.by}`, {
        silence: outcome.silence ?? "",
        incident: outcome.incident ?? "",
      });
  }
}

class Story {
  readonly #t: Translate;
  readonly #now: number;
  readonly #locale: Locale;
  readonly #timezone: string;

  constructor({ t, now, locale, timezone }: { t: Translate; now: number; locale: Locale; timezone: string }) {
    this.#t = t;
    this.#now = now;
    this.#locale = locale;
    this.#timezone = timezone;
  }

  received({ alert: { id, at, alert, fingerprint }, incident }: Trace): string[] {
    const status = this.#t(`status.${alert.status}`);
    const severity = this.#t(`severity.${alert.severity}`);
    const title = cut(oneLine(isWhole(alert) ? alert.title : incident?.title ?? id), { chars: TITLE_CHARS });
    const dialect = isWhole(alert) ? alert.dialect : incident?.dialect ?? "?";
    return [
      this.#t("why.received", { time: this.#time(at), dialect, title, status, severity, fingerprint }),
      ...incident
        ? [this.#t(incident.count === 1 ? "why.incidentOne" : "why.incident", {
          id: incident.id,
          count: incident.count,
          since: this.#time(incident.openedAt),
        })]
        : [],
      ...this.#end(alert, incident),
      ...this.#leftAlone(incident),
    ];
  }

  /** The groups that one alert does not reach. */
  beyond({ beyond }: LoggedAlert): string[] {
    return beyond ? [this.#t("why.beyond", { ...beyond, most: MAX_REACH.destinations })] : [];
  }

  /** The groups that get no more reminders, because the sender has stopped. */
  #leftAlone(incident: Incident | undefined): string[] {
    const groups = incident
      ? notifiedGroups(incident).filter((group) => haveRemindersStopped(incident, group))
      : [];
    if (groups.length === 0) return [];
    return [
      this.#t("incident.leftAlone", { groups: this.#list(groups), time: this.#time(incident!.lastAt) }),
    ];
  }

  /** The automatic end of the alert, if it has one. */
  #end(alert: LoggedAlert["alert"], incident: Incident | undefined): string[] {
    const clearsAfter = isWhole(alert) ? alert.clearsAfter : incident?.clearsAfter;
    if (clearsAfter === undefined) return [];
    const key = isWhole(alert) && isTest(alert) ? "why.endsAsTest" : "why.endsBySilence";
    return [this.#t(key, { time: formatDuration(clearsAfter, this.#locale) })];
  }

  routed({ group, by, rule = 0 }: Routing): string {
    return this.#t(`why.by.${by}`, { group, rule: rule + 1 });
  }

  outcome({ group, outcome }: Routing, trace: Trace): string {
    const { into, silences, deliveries } = trace;
    if (outcome.kind === "told") {
      const { held, flush } = outcome;
      const words = outcomeWords(outcome, this.#t);
      const waits = deliveries.some(({ entry }) => entry?.group === group && entry.held !== undefined);
      if (!waits || held === undefined && flush === undefined) return words;
      const [key, time] = held !== undefined ? ["why.held", held] as const : ["why.flush", flush!] as const;
      return this.#join(words, this.#t(key, { time: this.#time(time) }));
    }
    if (outcome.kind === "folded") {
      const { alert, until } = into.get(group) ?? {};
      if (alert === undefined) return outcomeWords(outcome, this.#t);
      const kind = outcome.still ? "resent" : "folded";
      return until === undefined
        ? this.#t(`why.${kind}Into`, { alert })
        : this.#t(`why.${kind}Until`, { alert, time: this.#time(until) });
    }
    const { by, silence } = outcome;
    const comment = silence === undefined ? undefined : silences?.get(silence)?.comment;
    const words = by === "late_peer"
      ? this.#ofLatePeer(trace)
      : this.#ofInhibitor(outcome, trace) ?? outcomeWords(outcome, this.#t);
    return comment ? this.#join(words, this.#t("why.comment", { comment })) : words;
  }

  #ofInhibitor({ incident: id = "" }: Suppressed, { inhibitors }: Trace): string | undefined {
    const inhibitor = inhibitors?.get(id);
    if (!inhibitor) return undefined;
    const params = { incident: id, title: cut(oneLine(inhibitor.title), { chars: TITLE_CHARS }) };
    return inhibitor.closedAt === null
      ? this.#t("why.inhibited.now", params)
      : this.#t("why.inhibited.until", { ...params, time: this.#time(inhibitor.closedAt) });
  }

  /** The wait of a held firing, or its outcome. */
  #ofLatePeer({ alert, incident }: Trace): string {
    const { late } = incident ?? {};
    if (late?.alert !== alert.id) return this.#t("why.suppressed.late_peer");
    if (!late.end) return this.#t("why.late.held", { time: this.#time(late.until) });
    const { by, at, alert: other } = late.end;
    return this.#t(`why.late.${by}`, { time: this.#time(at), alert: other });
  }

  followed(delivery: Followed, all: readonly Followed[]): string[] {
    const { destination, record, entry } = delivery;
    const { id = "", instead, reason } = entry ?? record ?? {};
    return [
      ...reason && isFollowUp(id) ? [this.#t(`why.told.${reason}` as TextKey)] : [],
      ...instead
        ? [this.#t("why.instead", { destination, other: instead.destination, because: instead.because })]
        : [],
      this.#state(delivery, all),
      ...this.#recipients(delivery),
      ...delivery.advice ? [this.#advice(delivery.advice)] : [],
      ...record?.again
        ? [this.#t("why.again", { by: record.again.by, time: this.#time(record.again.at) })]
        : [],
      ...record?.dropped
        ? [this.#t("why.dropped", {
          by: record.dropped.by,
          time: this.#time(record.dropped.at),
          note: record.dropped.note ?? "",
        })]
        : [],
      ...(record?.attempts ?? []).map((attempt, index) => `  ${this.#attempt(attempt, index)}`),
    ];
  }

  /** The members who were reached and those who were not, if some were not. */
  #recipients({ record, missed }: Followed): string[] {
    const { reached = [], left = [], failed = [] } = record?.recipients ?? {};
    const named = Object.entries({ reached, left, failed: missed ?? failed }).filter(([, people]) =>
      people.length > 0
    );
    return named.map(([key, people]) =>
      this.#t(`why.recipients.${key}` as TextKey, { people: this.#list(people) })
    );
  }

  #state(delivery: Followed, all: readonly Followed[]): string {
    const { id, destination, record, entry } = delivery;
    if (record && record.state !== "pending") {
      const { state, because, settledAt, digest } = record;
      const params = { destination, because, time: this.#time(settledAt ?? record.at), digest: digest ?? "" };
      if (state === "delivered") {
        return this.#t(digest === undefined ? "why.delivered" : "why.digest", params);
      }
      if (state === "dead") return this.#t("why.dead", params);
      if (record.by === "channel") return this.#t("why.skipped", params);
      if (record.by === "silence" || record.by === "inhibited") {
        return this.#t(record.by === "silence" ? "why.flushSilenced" : "why.flushInhibited", params);
      }
      const next = all.find(({ entry, record }) => (entry ?? record)?.instead?.delivery === id);
      const why = (next?.entry ?? next?.record)?.instead?.because ?? because;
      return this.#t("why.fellOver", { ...params, next: next?.destination ?? "?", because: why });
    }
    if (!entry) return this.#t("why.lost", { destination });
    const { since = entry.at } = entry;
    return this.#t("why.pending", {
      destination,
      // A delivery held back by quiet hours starts to wait for its vendor when they end.
      since: formatDuration(this.#now - (since > this.#now ? entry.at : since), this.#locale),
      reason: waitsFor(delivery, { t: this.#t, now: this.#now, time: (ms) => this.#time(ms) }),
    });
  }

  #list(words: readonly string[]): string {
    return words.join(this.#t("list.comma"));
  }

  #advice({ cause, cure }: Advice): string {
    return this.#t("why.advice", { cause: cause[this.#locale], cure: cure[this.#locale] });
  }

  #attempt(
    { at, ms, request = "", status, verdict, because, problem, together, recipient }: AttemptRecord,
    index: number,
  ): string {
    const words = this.#t("why.attempt", {
      number: index + 1,
      time: this.#time(at),
      ms,
      request,
      verdict: this.#t(`why.verdict.${verdict}`),
      because: status === undefined || because.includes(`HTTP ${status}`)
        ? because
        : `HTTP ${status}: ${because}`,
    });
    return this.#join(
      words,
      ...recipient === undefined ? [] : [this.#t("why.recipient", { recipient })],
      ...together ? [this.#t("why.together", { count: together })] : [],
      ...problem === undefined ? [] : [this.#t("why.problem", { problem })],
    );
  }

  /** Joins sentences; Chinese has no space between them. */
  #join(...sentences: readonly string[]): string {
    return sentences.join(this.#locale === "zh" ? "" : " ");
  }

  #time(ms: number): string {
    return formatTime(ms, { timezone: this.#timezone });
  }
}
