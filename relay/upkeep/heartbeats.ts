import { type Alert, OWN_DIALECT } from "../domain/alert.ts";
import {
  afterBeat,
  type Heartbeat,
  HEARTBEAT_LOST,
  type HeartbeatRules,
  isHeartbeat,
  listeningSince,
  lostSince,
  MAX_HEARTBEATS,
  sourceOf,
} from "../domain/heartbeat.ts";
import type { Group, GroupLookup } from "../domain/group.ts";
import {
  type CalledHeartbeat,
  type CalledHeartbeats,
  calledIdentity,
  neverCalled,
  patienceWith,
} from "../domain/called_heartbeat.ts";
import type { Severity } from "../domain/severity.ts";
import { type TextKey, translator } from "../message/locale.ts";
import { formatDuration, formatTime } from "../base/time.ts";
import { route, type Routed, type Rule } from "../domain/rules.ts";
import { reportFailure } from "../store/errors.ts";
import type { Heartbeats } from "../store/heartbeats.ts";
import type { Accept } from "../intake/accept.ts";
import type { PreparedAlert } from "../intake/pipeline.ts";

/** The dependencies of {@linkcode HeartbeatWatch}. */
export interface HeartbeatWatchOptions {
  readonly config: {
    readonly heartbeats: HeartbeatRules;
    readonly calledHeartbeats: CalledHeartbeats;
    readonly groups: ReadonlyMap<string, Group>;
    readonly rules: readonly Rule[];
    readonly retention: { readonly alerts: number };
  };
  readonly store: Heartbeats;
  /** Whether other instances note heartbeats as well. */
  readonly isShared: boolean;
  readonly groups: Pick<GroupLookup, "get">;
  readonly accept: Accept;
  readonly report: (words: string) => void;
}

/** The interval at which the incident of a lost heartbeat gets an alert: often enough for any group's `repeat`. */
const RENEW_AFTER = 10 * 60_000;

/** The interval at which an instance without a heartbeat looks for those of other instances, in milliseconds. */
const LOOK_EVERY = 5 * 60_000;

/** Watches the heartbeats. A lost heartbeat becomes an incident of the groups that it was routed to. */
export class HeartbeatWatch {
  readonly #options: HeartbeatWatchOptions;
  /** The fingerprints that this process watches. */
  #watched = new Set<string>();
  /** Checks run one at a time. */
  #checking: Promise<void> = Promise.resolve();
  #checkedAt = -Infinity;

  constructor(options: HeartbeatWatchOptions) {
    this.#options = options;
  }

  /** Whether an alert is a heartbeat. Beyond the limit of watched heartbeats, a new one is an ordinary alert. */
  isBeat(alert: Alert, fingerprint: string): boolean {
    if (!isHeartbeat(alert, this.#options.config.heartbeats)) return false;
    if (!this.#watched.has(fingerprint) && this.#watched.size >= MAX_HEARTBEATS) return false;
    this.#watched.add(fingerprint);
    return true;
  }

  /** Record beats, and notify of heartbeats that are back or resolved. Reports errors; the next beat tries again. */
  note(beats: readonly PreparedAlert[]): Promise<void> {
    return this.#note(beats).catch((error) =>
      reportFailure(this.#options.report, "Cannot note a heartbeat", error)
    );
  }

  async #note(beats: readonly PreparedAlert[]): Promise<void> {
    const { store, config } = this.#options;
    const { now } = beats[0]!;
    const since = await this.#listen(now);
    let isChanged = false;
    for (const { alert, fingerprint, routes } of beats) {
      const name = alert.labels.alertname!;
      const identity = { fingerprint, name, labels: alert.labels, routes: routes.map(idsOf) };
      const { within } = config.heartbeats.get(name) ?? {};
      const after = await store.update(
        fingerprint,
        (stored) => afterBeat(stored, identity, { ...alert, since, within, now }),
      );
      isChanged ||= after?.lost !== undefined || after?.endedAt !== undefined;
    }
    if (isChanged) await this.check(now);
  }

  /** Record a call of a configured name, and notify if it was lost. @returns `undefined` for an unknown name. @throws StoreError */
  async call(name: string, now: number): Promise<CalledHeartbeat | undefined> {
    const { store, config } = this.#options;
    const rule = config.calledHeartbeats.get(name);
    if (!rule) return undefined;
    const since = await this.#listen(now);
    const identity = calledIdentity(name);
    const beat = {
      status: "firing",
      startsAt: null,
      endsAt: null,
      since,
      within: patienceWith(rule),
      now,
    } as const;
    const after = await store.update(identity.fingerprint, (stored) => {
      return afterBeat(stored, { ...identity, routes: stored?.lost ? stored.routes : [] }, beat);
    });
    if (after?.lost) await this.check(now);
    return rule;
  }

  /**
   * Check each minute; on a shared store less often without a known heartbeat: another instance may record the first.
   */
  async tidy(now: number): Promise<void> {
    const { isShared, config } = this.#options;
    const mayBeNone = this.#watched.size === 0 && config.calledHeartbeats.size === 0;
    if (isShared && mayBeNone && now < this.#checkedAt + LOOK_EVERY) return;
    this.#checkedAt = now;
    await this.check(now);
  }

  /** Notify of heartbeats that are lost or back. */
  check(now: number): Promise<void> {
    this.#checking = this.#checking.then(() => this.#check(now))
      .catch((error) => reportFailure(this.#options.report, "Cannot watch the heartbeats", error));
    return this.#checking;
  }

  /** Record that the relay is running. @returns when its uninterrupted run began */
  async #listen(now: number): Promise<number> {
    const { store } = this.#options;
    const last = await store.listening();
    const since = listeningSince(last, now);
    await store.listen({ since, at: Math.max(now, last?.at ?? 0) });
    return since;
  }

  async #check(now: number): Promise<void> {
    const { store, report } = this.#options;
    const stored = await store.all();
    this.#watched = new Set(stored.filter(({ called }) => !called).map(({ fingerprint }) => fingerprint));
    const heartbeats = [...stored, ...await this.#expectNew(stored, now)];
    if (heartbeats.length === 0) return;
    const since = await this.#listen(now);
    for (const heartbeat of heartbeats) {
      await this.#checkOne(heartbeat, { since, now })
        .catch((error) => reportFailure(report, `Cannot watch the heartbeat ${heartbeat.name}`, error));
    }
  }

  /** Begin to expect the calls of names that are new in the configuration. @returns their records */
  async #expectNew(stored: readonly Heartbeat[], now: number): Promise<Heartbeat[]> {
    const { store, config } = this.#options;
    const called = new Set(stored.filter(({ called }) => called).map(({ name }) => name));
    const added: Heartbeat[] = [];
    for (const name of config.calledHeartbeats.keys()) {
      if (called.has(name)) continue;
      const record = neverCalled(name, now);
      added.push(await store.update(record.fingerprint, (existing) => existing ?? record) ?? record);
    }
    return added;
  }

  /** The configuration of a heartbeat; `undefined` if it was removed. */
  #ruleOf({ name, called }: Heartbeat): { within?: number | undefined } | undefined {
    const { heartbeats, calledHeartbeats } = this.#options.config;
    if (!called) return heartbeats.get(name);
    const rule = calledHeartbeats.get(name);
    return rule && { within: patienceWith(rule) };
  }

  async #checkOne(heartbeat: Heartbeat, { since, now }: { since: number; now: number }): Promise<void> {
    const { store, config } = this.#options;
    const rule = this.#ruleOf(heartbeat);
    const lost = rule && lostSince(heartbeat, { since, within: rule.within, now });
    const isExpired = lost !== undefined && now - lost > config.retention.alerts;
    if (isExpired) {
      // Its incident becomes stale and leaves the list of open ones.
    } else if (lost !== undefined) await this.#openIncident(heartbeat, { since: lost, now });
    else if (heartbeat.lost) await this.#endIncident(heartbeat, now);
    if (!rule || isExpired) await store.update(heartbeat.fingerprint, () => undefined);
  }

  async #openIncident(heartbeat: Heartbeat, { since, now }: { since: number; now: number }): Promise<void> {
    const { lost } = heartbeat;
    if (lost && now < lost.at + RENEW_AFTER) return;
    const loss = { since: lost?.since ?? since, at: now };
    const routes = await this.#accept({ ...heartbeat, lost: loss }, "firing", now);
    // Every notified group is notified of its return, regardless of the current configuration.
    const notified = heartbeat.called ? { routes: routes.map(idsOf) } : {};
    await this.#options.store.update(
      heartbeat.fingerprint,
      (stored) => stored && { ...stored, ...notified, lost: loss },
    );
  }

  async #endIncident(heartbeat: Heartbeat, now: number): Promise<void> {
    await this.#accept(heartbeat, "resolved", now);
    await this.#options.store.update(heartbeat.fingerprint, (stored) => {
      const { lost: _, ...rest } = stored ?? heartbeat;
      return stored && (rest.called ? { ...rest, routes: [] } : rest);
    });
  }

  async #accept(heartbeat: Heartbeat, status: Alert["status"], now: number): Promise<readonly Routed[]> {
    const { fingerprint } = heartbeat;
    const called = heartbeat.called && this.#options.config.calledHeartbeats.get(heartbeat.name);
    const routes = this.#routesOf(heartbeat, called?.group);
    const alert = alertOf(heartbeat, { status, group: routes[0]!.group, called, now });
    await this.#options.accept([{ alert, identity: { heartbeat: fingerprint } }], {
      now,
      bytes: 1_000,
      group: routes,
    });
    return routes;
  }

  /** The groups that it was routed to; without any that exists, its own group, or the groups by the current rules. */
  #routesOf({ name, routes, labels, called }: Heartbeat, named: string | undefined): readonly Routed[] {
    const { groups, config } = this.#options;
    const existing = routes.flatMap(({ group: id, ...reason }) => {
      const group = groups.get(id);
      return group ? [{ group, ...reason }] : [];
    });
    if (existing.length > 0) return existing;
    const known = called ? { alertname: HEARTBEAT_LOST, heartbeat: name } : labels;
    return route(known, { ...config, named });
  }
}

function idsOf({ group, ...reason }: Routed): Heartbeat["routes"][number] {
  return { ...reason, group: group.id };
}

function alertOf(
  heartbeat: Heartbeat,
  { status, group, called, now }: {
    status: Alert["status"];
    group: Group;
    called: CalledHeartbeat | undefined;
    now: number;
  },
): Alert {
  const { name, labels, lost, lastAt } = heartbeat;
  const { locale } = group;
  const t = translator(locale);
  const source = sourceOf(labels);
  const since = lost?.since ?? lastAt;
  const facts = {
    name,
    duration: formatDuration(now - since, locale),
    time: formatTime(since, group),
    every: called ? formatDuration(called.every, locale) : "",
  };
  const severity: Severity = called?.severity ?? "critical";
  return {
    dialect: OWN_DIALECT,
    status,
    severity,
    title: source === "" ? t("heartbeat.title", { name }) : t("heartbeat.titleFrom", { name, source }),
    text: t(wordsFor(heartbeat, status), facts),
    labels: { ...labels, alertname: HEARTBEAT_LOST, heartbeat: name, severity },
    annotations: {},
    startsAt: since,
    endsAt: status === "resolved" ? now : null,
    links: [],
  };
}

function wordsFor({ called, neverCalled, endedAt }: Heartbeat, status: Alert["status"]): TextKey {
  if (called) {
    if (status === "resolved") return "heartbeat.calledAgain";
    return neverCalled ? "heartbeat.neverCalled" : "heartbeat.notCalled";
  }
  if (status === "resolved") return "heartbeat.back";
  return endedAt === undefined ? "heartbeat.silent" : "heartbeat.ended";
}
