import { defined } from "../base/defined.ts";
import { type Alert, OWN_DIALECT } from "../domain/alert.ts";
import type { Clock } from "../base/clock.ts";
import { translator } from "../message/locale.ts";
import { route } from "../domain/rules.ts";
import {
  type RefusalCount,
  type RefusedBody,
  senderKeyOf,
  type SenderRefusal,
} from "../domain/sender_refusal.ts";
import { cut, oneLine, printable } from "../base/text.ts";
import type { Accept } from "./accept.ts";
import { MINUTE } from "../base/duration.ts";
import { reportFailure } from "../store/errors.ts";
import { type CountedRefusals, RefusalCounts, type RefusalCountsOptions } from "./refusal_counts.ts";

/** The dependencies of {@linkcode SenderRefusals}. */
export interface SenderRefusalsOptions extends RefusalCountsOptions {
  readonly accept: Accept;
  readonly clock: Clock;
  /** Called with a line for the process log. */
  readonly warn: (words: string) => void;
}

/** Open incidents of refused senders, at most: a sender with a token can cause one for each address and group. */
const MAX_OPEN = 50;

/** Each kind is logged at most once a minute, and at most this many lines a minute in total. */
const LOGGED_EVERY = MINUTE;
const MAX_LOGGED = 20;

/** The first notification waits this long, in case the sender is accepted in the meantime. */
const NOTIFIED_AFTER = 1_000;

/** An accepted sender's incident ends only this long after its last refusal: only some of its alerts may be refused. */
const CALM_AFTER = 10 * MINUTE;

/**
 * The interval at which an open incident is renewed while the sender is refused. Without a renewal it ends after an
 * hour.
 */
const RENEWED_EVERY = 20 * MINUTE;
const CLEARS_AFTER = 60 * MINUTE;

/** Groups are notified of it once a day. */
const WINDOW = 24 * 60 * MINUTE;

/** A sender with an open incident: one for each sender, address, door and group. */
interface RefusedSender {
  readonly since: number;
  readonly refusal: SenderRefusal;
  renewedAt: number;
  refusedAt: number;
  isNotified: boolean;
}

/**
 * Count and log the refusals of the doors, and open an incident for an authenticated sender: Alertmanager never
 * retries after a 4xx, so people must be notified. The incident ends when the sender is accepted and was not refused
 * for ten minutes, or an hour after the last refusal.
 */
export class SenderRefusals {
  readonly #options: SenderRefusalsOptions;
  readonly #counts: RefusalCounts;
  readonly #open = new Map<string, RefusedSender>();
  #logged = { minute: 0, lines: 0 };
  #cancel: (() => void) | undefined;
  /** Notifications are accepted one after another. */
  #notifying: Promise<void> = Promise.resolve();

  constructor(options: SenderRefusalsOptions) {
    this.#options = options;
    this.#counts = new RefusalCounts(options);
  }

  /** Whether an incident waits for its sender to be accepted again. */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** All kinds since the start, the most recent first. */
  list(): RefusalCount[] {
    return this.#counts.list();
  }

  /** Those that are stored as well, of earlier processes and other instances, the most recent first. @throws StoreError */
  async all(now: number): Promise<RefusalCount[]> {
    return await this.#counts.all(now);
  }

  /** Record a refusal. @returns a function that stores the beginning of the request's body, if it is wanted */
  note(raw: SenderRefusal, now: number): ((body: RefusedBody) => Promise<void>) | undefined {
    const refusal = { ...raw, reason: this.#safe(raw.reason) };
    this.#log(this.#counts.note(refusal, now), now);
    this.#noteSender(refusal, now);
    return this.#counts.wants(refusal, now) ? (body) => this.#counts.keep(refusal, body, now) : undefined;
  }

  #noteSender(refusal: SenderRefusal, now: number): void {
    if (refusal.sender === undefined) return;
    const key = senderKeyOf(refusal);
    const open = this.#open.get(key);
    if (open) open.refusedAt = now;
    if (open ? now - open.renewedAt < RENEWED_EVERY : this.#open.size >= MAX_OPEN) return;
    if (open === undefined) {
      this.#open.set(key, { since: now, refusal, renewedAt: now, refusedAt: now, isNotified: false });
      this.#cancel ??= this.#options.clock.at(now + NOTIFIED_AFTER, () => this.#notifyOfNew());
      return;
    }
    open.renewedAt = now;
    if (open.isNotified) this.#notify(refusal, { status: "firing", since: open.since, now });
  }

  #notifyOfNew(): void {
    this.#cancel = undefined;
    for (const open of this.#open.values()) {
      if (open.isNotified) continue;
      open.isNotified = true;
      this.#notify(open.refusal, { status: "firing", since: open.since, now: this.#options.clock.now() });
    }
  }

  /** End the incident of an accepted sender, unless it was refused recently. */
  accepted(sender: Pick<SenderRefusal, "door" | "from" | "sender" | "group">, now: number): void {
    const key = senderKeyOf(sender);
    const open = this.#open.get(key);
    if (open === undefined || open.isNotified && now - open.refusedAt < CALM_AFTER) return;
    this.#open.delete(key);
    if (open.isNotified) this.#notify(open.refusal, { status: "resolved", since: open.since, now });
  }

  /** Remove incidents that have ended without a renewal, and store the counts. */
  async tidy(now: number): Promise<void> {
    for (const [key, { renewedAt }] of this.#open) {
      if (renewedAt + CLEARS_AFTER <= now) this.#open.delete(key);
    }
    await this.#counts.store(now);
  }

  /** Wait until all notifications are stored. */
  async idle(): Promise<void> {
    await this.#notifying;
  }

  /** Notify of the recorded refusals, and stop. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#notifyOfNew();
    await Promise.all([this.#notifying, this.#counts.store(this.#options.clock.now())]);
  }

  #log(counted: CountedRefusals, now: number): void {
    const minute = Math.floor(now / MINUTE);
    if (this.#logged.minute !== minute) this.#logged = { minute, lines: 0 };
    if (now - counted.loggedAt < LOGGED_EVERY || this.#logged.lines >= MAX_LOGGED) {
      counted.unlogged++;
      return;
    }
    const { count: { door, from, sender, status, reason }, unlogged } = counted;
    const more = unlogged === 0 ? "" : ` (${unlogged} more like it since the last line)`;
    this.#options.warn(
      `Refused at the door "${door}", from ${from}, ${
        sender ?? "no known sender"
      }: ${status} ${reason}${more}`,
    );
    this.#logged.lines++;
    counted.loggedAt = now;
    counted.unlogged = 0;
  }

  /** A reason without the parser's quotes from the body and without the token, on one line. */
  #safe(reason: string): string {
    const unquoted = reason.replace(/^(The body is not JSON): (?!it is empty)[^]*$/, "$1");
    const { intakeToken } = this.#options.config;
    return cut(oneLine(printable(unquoted.replaceAll(intakeToken, "••••"))), { chars: 300 });
  }

  #notify(
    refusal: SenderRefusal,
    { status, since, now }: { status: Alert["status"]; since: number; now: number },
  ): void {
    const { config, accept, report } = this.#options;
    const { door, from, sender = "", group, reason } = refusal;
    const named = group === undefined ? undefined : config.groups.get(group);
    const labels = {
      alertname: "SenderRefused",
      door,
      sender,
      from,
      code: String(refusal.status),
      ...defined({ group: named?.id }),
    };
    const locale = named?.locale ?? config.locale;
    const t = translator(locale);
    const alert: Omit<Alert, "title"> = {
      dialect: OWN_DIALECT,
      status,
      severity: "error",
      text: `${refusal.status} ${reason}\n${t("refused.text")}`,
      labels,
      annotations: {},
      startsAt: since,
      endsAt: status === "resolved" ? now : null,
      links: config.publicUrl === undefined
        ? []
        : [{ kind: "source", url: `${config.publicUrl}/doors`, title: t("doors.refused") }],
      clearsAfter: CLEARS_AFTER,
    };
    const identity = { refused: door, sender, from, group: group ?? "" };
    this.#notifying = this.#notifying.then(async () => {
      const { inWordsOf } = await import("../message/dictionary.ts");
      const words = { sender: inWordsOf(locale, sender), from, door };
      const title = t(door === "none" ? "refused.titleNoDoor" : "refused.title", words);
      const { groups, rules } = config;
      const routes = route(labels, { named: named?.id, groups, rules }).map(({ group, ...reason }) => ({
        ...reason,
        group: { ...group, window: WINDOW, repeat: WINDOW },
      }));
      await accept([{ alert: { ...alert, title }, identity }], { now, bytes: 1_000, group: routes });
    }).catch((error) => reportFailure(report, "Cannot notify of a refused sender", error));
  }
}
