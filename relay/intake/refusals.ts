import { type Alert, OWN_DIALECT } from "../alert.ts";
import type { Config } from "../config/mod.ts";
import type { Clock } from "../clock.ts";
import { translator } from "../message/locale.ts";
import { route } from "../rules.ts";
import { cut, oneLine, printable } from "../text.ts";
import type { Accept } from "./accept.ts";

/** A request with alerts that a door refused, without secrets. */
export interface Refusal {
  /** The door, or `none` where there is none at that address. */
  readonly door: string;
  /** The HTTP status, or the door's own code. */
  readonly status: number;
  /** What the caller was told. */
  readonly reason: string;
  /** Where it came from. */
  readonly from: string;
  /** Who sent it, once a credential proved it; `undefined`: nobody known. */
  readonly sender?: string | undefined;
  /** The group that it was for, `owner/level`, where there is one. */
  readonly group?: string | undefined;
}

/** Refusals of one kind. Times are epoch milliseconds. */
export interface RefusalCount extends Refusal {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What the refusals are counted and told with. */
export interface RefusalsOptions {
  readonly config: Pick<Config, "groups" | "rules" | "locale" | "intakeToken">;
  readonly accept: Accept;
  readonly clock: Clock;
  /** Called with what went wrong inside. */
  readonly report: (words: string) => void;
  /** Called with a line for the log. */
  readonly warn: (words: string) => void;
}

const MINUTE = 60_000;

/** Kinds that are counted apart; of more the one that came longest ago is forgotten. */
const MAX_KINDS = 200;

/** Incidents of refused senders that are open at once: anybody with a token can name another group or come from elsewhere. */
const MAX_OPEN = 50;

/** A kind is logged once a minute, and all of them together so often. */
const LOGGED_EVERY = MINUTE;
const MAX_LOGGED = 20;

/** A sender that is accepted again so soon was not in trouble. */
const TOLD_AFTER = 1_000;

/** One that is accepted so soon after a refusal may be in trouble with some of its alerts only: no two messages each time. */
const CALM_AFTER = 10 * MINUTE;

/** An open incident is renewed so often while the sender is refused, and is over after an hour without. */
const RENEWED_EVERY = 20 * MINUTE;
const CLEARS_AFTER = 60 * MINUTE;

/** It is told once, and again on the next day. */
const WINDOW = 24 * 60 * MINUTE;

interface Counted {
  refusal: Refusal;
  count: number;
  readonly firstAt: number;
  lastAt: number;
  loggedAt: number;
  unlogged: number;
}

/** An incident of the relay's own: one for each sender, place, door and group. */
interface Open {
  readonly since: number;
  readonly refusal: Refusal;
  renewedAt: number;
  refusedAt: number;
  isTold: boolean;
}

/**
 * Counts what the doors refuse, logs it, and opens an incident for a known sender: an Alertmanager never sends again what
 * was answered 4xx, so somebody must hear of it. The incident closes when the sender is accepted and was not refused for ten
 * minutes, or after an hour.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #counts = new Map<string, Counted>();
  readonly #open = new Map<string, Open>();
  #logged = { minute: 0, lines: 0 };
  #cancel: (() => void) | undefined;
  /** One at a time. */
  #telling: Promise<void> = Promise.resolve();

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** Whether a sender is waited for to be accepted again. */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** What was refused since the start, the newest first. */
  list(): RefusalCount[] {
    return [...this.#counts.values()].map(({ refusal, count, firstAt, lastAt }) => ({
      ...refusal,
      count,
      firstAt,
      lastAt,
    })).reverse();
  }

  /** Note a refusal. */
  note(given: Refusal, now: number): void {
    const refusal = { ...given, reason: this.#safe(given.reason) };
    this.#log(this.#count(refusal, now), now);
    if (refusal.sender === undefined) return;
    const key = keyOf(refusal);
    const open = this.#open.get(key);
    if (open) open.refusedAt = now;
    if (open ? now - open.renewedAt < RENEWED_EVERY : this.#open.size >= MAX_OPEN) return;
    if (open === undefined) {
      this.#open.set(key, { since: now, refusal, renewedAt: now, refusedAt: now, isTold: false });
      this.#cancel ??= this.#options.clock.at(now + TOLD_AFTER, () => this.#tellNew());
      return;
    }
    open.renewedAt = now;
    if (open.isTold) this.#tell(refusal, { status: "firing", since: open.since, now });
  }

  #tellNew(): void {
    this.#cancel = undefined;
    for (const open of this.#open.values()) {
      if (open.isTold) continue;
      open.isTold = true;
      this.#tell(open.refusal, { status: "firing", since: open.since, now: this.#options.clock.now() });
    }
  }

  /** A sender was accepted: what was open of it is over, unless it was refused just now. */
  accepted(sender: Pick<Refusal, "door" | "from" | "sender" | "group">, now: number): void {
    const key = keyOf(sender);
    const open = this.#open.get(key);
    if (open === undefined || open.isTold && now - open.refusedAt < CALM_AFTER) return;
    this.#open.delete(key);
    if (open.isTold) this.#tell(open.refusal, { status: "resolved", since: open.since, now });
  }

  /** Forget the incidents that have closed by themselves. */
  tidy(now: number): void {
    for (const [key, { renewedAt }] of this.#open) {
      if (renewedAt + CLEARS_AFTER <= now) this.#open.delete(key);
    }
  }

  /** Wait until what is being told is stored. */
  async idle(): Promise<void> {
    await this.#telling;
  }

  /** Tell what was noted, and no more. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#tellNew();
    await this.#telling;
  }

  #count(refusal: Refusal, now: number): Counted {
    const key = `${keyOf(refusal)}\n${refusal.status}`;
    const before = this.#counts.get(key);
    const counted = before ??
      { refusal, count: 0, firstAt: now, lastAt: now, loggedAt: -Infinity, unlogged: 0 };
    counted.refusal = refusal;
    counted.count++;
    counted.lastAt = now;
    this.#counts.delete(key); // the newest stands last
    this.#counts.set(key, counted);
    if (this.#counts.size > MAX_KINDS) this.#counts.delete(this.#counts.keys().next().value!);
    return counted;
  }

  #log(counted: Counted, now: number): void {
    const minute = Math.floor(now / MINUTE);
    if (this.#logged.minute !== minute) this.#logged = { minute, lines: 0 };
    if (now - counted.loggedAt < LOGGED_EVERY || this.#logged.lines >= MAX_LOGGED) {
      counted.unlogged++;
      return;
    }
    const { refusal: { door, from, sender, status, reason }, unlogged } = counted;
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

  /** Without what a parser quotes of the body, without the token, and on one line. */
  #safe(reason: string): string {
    const unquoted = reason.replace(/^(The body is not JSON): (?!it is empty)[^]*$/, "$1");
    const { intakeToken } = this.#options.config;
    return cut(oneLine(printable(unquoted.replaceAll(intakeToken, "••••"))), { chars: 300 });
  }

  #tell(
    refusal: Refusal,
    { status, since, now }: { status: Alert["status"]; since: number; now: number },
  ): void {
    const { config, accept, report } = this.#options;
    const { door, from, sender = "", group, reason } = refusal;
    const known = group === undefined ? undefined : config.groups.get(group);
    const labels = {
      alertname: "SenderRefused",
      door,
      sender,
      from,
      code: String(refusal.status),
      ...known === undefined ? {} : { group: known.id },
    };
    const locale = known?.locale ?? config.locale;
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
      links: [],
      clearsAfter: CLEARS_AFTER,
    };
    const identity = { refused: door, sender, from, group: group ?? "" };
    this.#telling = this.#telling.then(async () => {
      const { inWordsOf } = await import("../message/dictionary.ts");
      const words = { sender: inWordsOf(locale, sender), from, door };
      const title = t(door === "none" ? "refused.titleNoDoor" : "refused.title", words);
      const { groups, rules } = config;
      const told = route(labels, { named: known?.id, groups, rules }).map(({ group, ...reason }) => ({
        ...reason,
        group: { ...group, window: WINDOW },
      }));
      await accept([{ alert: { ...alert, title }, identity }], { now, bytes: 1_000, group: told });
    }).catch((error) => report(`Cannot tell of a refused sender: ${error}`));
  }
}

function keyOf({ door, from, sender, group }: Pick<Refusal, "door" | "from" | "sender" | "group">): string {
  return [door, sender, from, group].join("\n");
}
