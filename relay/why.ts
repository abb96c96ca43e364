import { formatDuration, formatTime } from "./message/time.ts";
import { type TextKey, type Translate, translator } from "./message/locale.ts";
import {
  type Attempt,
  type Delivery,
  isWhole,
  type LoggedAlert,
  type Queued,
  type Routing,
} from "./record.ts";
import type { Locale } from "./group.ts";
import type { Incident } from "./window.ts";

/** One delivery of an alert, with what it waits for. */
export interface Followed {
  readonly id: string;
  readonly group: string;
  /** The destination's id. */
  readonly destination: string;
  /** `undefined` when it was never tried. */
  readonly record: Delivery | undefined;
  /** Its place in a queue; `undefined` when it waits in none. */
  readonly entry: Queued | undefined;
  /** Why its whole lane waits. */
  readonly pause?: { readonly kind: string; readonly until: number; readonly because: string } | undefined;
}

/** The alert that a group was told of, when a later one was folded. */
export interface Into {
  readonly alert: string;
  /** The window's end, when it is still known. */
  readonly until?: number;
}

/** All that the records say of an alert. */
export interface Trace {
  readonly alert: LoggedAlert;
  readonly incident: Incident | undefined;
  /** By group: what it was folded into. */
  readonly into: ReadonlyMap<string, Into>;
  readonly deliveries: readonly Followed[];
  /** By id: the comments of silences that are known. */
  readonly silences?: ReadonlyMap<string, { readonly comment: string }>;
}

/** Why whom was told what of an alert, or was not: sentences for a person, in their order. An attempt's begins with two spaces. */
export function why(
  trace: Trace,
  { now, locale, timezone }: { now: number; locale: Locale; timezone: string },
): string[] {
  const story = new Story({ t: translator(locale), now, locale, timezone });
  return [
    ...story.received(trace),
    ...trace.alert.routing.flatMap((routing) => [
      story.routed(routing),
      story.heard(routing, trace),
      ...trace.deliveries.filter(({ group }) => group === routing.group)
        .flatMap((delivery) => story.followed(delivery, trace.deliveries)),
    ]),
  ];
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
    const title = isWhole(alert) ? alert.title : incident?.title ?? id;
    const dialect = isWhole(alert) ? alert.dialect : incident?.dialect ?? "?";
    return [
      this.#t("why.received", { time: this.#time(at), dialect, title, status, severity, fingerprint }),
      ...incident
        ? [this.#t("why.incident", {
          id: incident.id,
          count: incident.count,
          since: this.#time(incident.openedAt),
        })]
        : [],
    ];
  }

  routed({ group, by, rule = 0 }: Routing): string {
    return this.#t(`why.by.${by}`, { group, rule: rule + 1 });
  }

  heard({ group, outcome }: Routing, { into, silences }: Trace): string {
    if (outcome.kind === "told") {
      const { reason, folded, held }: { reason: string; folded: number; held?: number } = outcome;
      const words = this.#t(`why.told.${reason}` as TextKey, { folded });
      return held === undefined ? words : `${words} ${this.#t("why.held", { time: this.#time(held) })}`;
    }
    if (outcome.kind === "folded") {
      const { alert, until } = into.get(group) ?? {};
      if (alert === undefined) return this.#t("why.folded");
      return until === undefined
        ? this.#t("why.foldedInto", { alert })
        : this.#t("why.foldedUntil", { alert, time: this.#time(until) });
    }
    const { by, silence }: { by: string; silence?: string } = outcome;
    const comment = silence === undefined ? undefined : silences?.get(silence)?.comment;
    const words = this.#t(`why.suppressed.${by}` as TextKey, { silence: silence ?? "" });
    return comment ? `${words} ${this.#t("why.comment", { comment })}` : words;
  }

  followed(delivery: Followed, all: readonly Followed[]): string[] {
    const { destination, record, entry } = delivery;
    const instead = entry?.instead ?? record?.instead;
    return [
      ...instead
        ? [this.#t("why.instead", { destination, other: instead.destination, because: instead.because })]
        : [],
      this.#state(delivery, all),
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

  #state({ id, destination, record, entry, pause }: Followed, all: readonly Followed[]): string {
    if (record && record.state !== "pending") {
      const { state, because, settledAt, digest } = record;
      const params = { destination, because, time: this.#time(settledAt ?? record.at), digest: digest ?? "" };
      if (state === "delivered") {
        return this.#t(digest === undefined ? "why.delivered" : "why.digest", params);
      }
      if (state === "dead") return this.#t("why.dead", params);
      const next = all.find(({ entry, record }) => (entry?.instead ?? record?.instead)?.delivery === id);
      return this.#t("why.fellOver", { ...params, next: next?.destination ?? "?" });
    }
    if (!entry) return this.#t("why.lost", { destination });
    const { due = 0 } = entry;
    const reason = pause && pause.until > this.#now
      ? this.#t(`why.pause.${pause.kind}` as TextKey, {
        time: this.#time(pause.until),
        because: pause.because,
      })
      : due > this.#now
      ? this.#t(entry.held === "quiet" ? "why.quiet" : "why.due", {
        time: this.#time(due),
        because: record?.because ?? "",
      })
      : this.#t("why.turn");
    return this.#t("why.pending", {
      destination,
      since: formatDuration(this.#now - (entry.since ?? entry.at), this.#locale),
      reason,
    });
  }

  #attempt(
    { at, ms, request = "", status, verdict, because, problem, together }: Attempt,
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
    const shared = together ? ` ${this.#t("why.together", { count: together })}` : "";
    return words + shared + (problem === undefined ? "" : ` ${this.#t("why.problem", { problem })}`);
  }

  #time(ms: number): string {
    return formatTime(ms, { timezone: this.#timezone });
  }
}
