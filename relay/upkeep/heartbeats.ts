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
import { translator } from "../message/locale.ts";
import { formatDuration, formatTime } from "../base/time.ts";
import { route, type Routed, type Rule } from "../domain/rules.ts";
import type { Heartbeats } from "../store/heartbeats.ts";
import type { Accept } from "../intake/accept.ts";
import type { PreparedAlert } from "../intake/pipeline.ts";

/** The dependencies of {@linkcode HeartbeatWatch}. */
export interface HeartbeatWatchOptions {
  readonly config: {
    readonly heartbeats: HeartbeatRules;
    readonly groups: ReadonlyMap<string, Group>;
    readonly rules: readonly Rule[];
    readonly retention: { readonly alerts: number };
  };
  readonly store: Heartbeats;
  readonly groups: Pick<GroupLookup, "get">;
  readonly accept: Accept;
  readonly report: (words: string) => void;
}

/** How often the incident of a lost heartbeat gets an alert: often enough for any group's `repeat`. */
const RENEW_AFTER = 10 * 60_000;

/** Watches the heartbeats. A lost heartbeat becomes an incident of the groups that it was routed to. */
export class HeartbeatWatch {
  readonly #options: HeartbeatWatchOptions;
  /** The fingerprints that this process watches. */
  #watched = new Set<string>();
  /** Checks run one at a time. */
  #checking: Promise<void> = Promise.resolve();

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
    return this.#note(beats).catch((error) => this.#options.report(`Cannot note a heartbeat: ${error}`));
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

  /** Notify of heartbeats that are lost or back. The upkeep calls it each minute. */
  check(now: number): Promise<void> {
    this.#checking = this.#checking.then(() => this.#check(now))
      .catch((error) => this.#options.report(`Cannot watch the heartbeats: ${error}`));
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
    const heartbeats = await store.all();
    this.#watched = new Set(heartbeats.map(({ fingerprint }) => fingerprint));
    if (heartbeats.length === 0) return;
    const since = await this.#listen(now);
    for (const heartbeat of heartbeats) {
      await this.#checkOne(heartbeat, { since, now })
        .catch((error) => report(`Cannot watch the heartbeat ${heartbeat.name}: ${error}`));
    }
  }

  async #checkOne(heartbeat: Heartbeat, { since, now }: { since: number; now: number }): Promise<void> {
    const { store, config } = this.#options;
    const rule = config.heartbeats.get(heartbeat.name);
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
    await this.#accept({ ...heartbeat, lost: loss }, "firing", now);
    await this.#options.store.update(heartbeat.fingerprint, (stored) => stored && { ...stored, lost: loss });
  }

  async #endIncident(heartbeat: Heartbeat, now: number): Promise<void> {
    await this.#accept(heartbeat, "resolved", now);
    await this.#options.store.update(heartbeat.fingerprint, (stored) => {
      const { lost: _, ...rest } = stored ?? heartbeat;
      return stored && rest;
    });
  }

  async #accept(heartbeat: Heartbeat, status: Alert["status"], now: number): Promise<void> {
    const { fingerprint } = heartbeat;
    const routes = this.#routesOf(heartbeat);
    const alert = alertOf(heartbeat, { status, group: routes[0]!.group, now });
    await this.#options.accept([{ alert, identity: { heartbeat: fingerprint } }], {
      now,
      bytes: 1_000,
      group: routes,
    });
  }

  /** The groups that it was routed to; if none of them exists any more, the groups by the current rules. */
  #routesOf({ routes, labels }: Heartbeat): readonly Routed[] {
    const { groups, config } = this.#options;
    const existing = routes.flatMap(({ group: id, ...reason }) => {
      const group = groups.get(id);
      return group ? [{ group, ...reason }] : [];
    });
    return existing.length > 0 ? existing : route(labels, config);
  }
}

function idsOf({ group, ...reason }: Routed): Heartbeat["routes"][number] {
  return { ...reason, group: group.id };
}

function alertOf(
  { name, labels, lost, lastAt, endedAt }: Heartbeat,
  { status, group, now }: { status: Alert["status"]; group: Group; now: number },
): Alert {
  const { locale } = group;
  const t = translator(locale);
  const source = sourceOf(labels);
  const since = lost?.since ?? lastAt;
  const facts = {
    name,
    duration: formatDuration(now - since, locale),
    time: formatTime(since, group),
  };
  return {
    dialect: OWN_DIALECT,
    status,
    severity: "critical",
    title: source === "" ? t("heartbeat.title", { name }) : t("heartbeat.titleFrom", { name, source }),
    text: status === "resolved"
      ? t("heartbeat.back", facts)
      : t(endedAt === undefined ? "heartbeat.silent" : "heartbeat.ended", facts),
    labels: { ...labels, alertname: HEARTBEAT_LOST, heartbeat: name, severity: "critical" },
    annotations: {},
    startsAt: since,
    endsAt: status === "resolved" ? now : null,
    links: [],
  };
}
