import { defined } from "../base/defined.ts";
import { type CalledHeartbeat, type CalledHeartbeats, patienceWith } from "../domain/called_heartbeat.ts";
import { type Heartbeat, type HeartbeatRules, lostSince, patienceOf } from "../domain/heartbeat.ts";
import type { StoreReader } from "../store/reader.ts";
import type { HeartbeatView } from "./shapes/heartbeats.ts";

/** The sources of the views. */
export interface HeartbeatSources {
  readonly store: Pick<StoreReader, "heartbeats">;
  readonly config: { readonly heartbeats: HeartbeatRules; readonly calledHeartbeats: CalledHeartbeats };
  readonly now: number;
}

const WORST: readonly HeartbeatView["state"][] = ["lost", "waiting", "alive"];

/** The configured heartbeats, lost ones first. @throws StoreError */
export async function heartbeatsOf({ store, config, now }: HeartbeatSources): Promise<HeartbeatView[]> {
  const [stored, listening] = await Promise.all([store.heartbeats.all(), store.heartbeats.listening()]);
  const since = listening?.since ?? now;
  const called = new Map(stored.filter(({ called }) => called).map((one) => [one.name, one]));
  const alerts = stored.filter(({ called, name }) => !called && config.heartbeats.has(name));
  return [
    ...[...config.calledHeartbeats.values()].map((rule) =>
      calledView(rule, called.get(rule.name), since, now)
    ),
    ...alerts.map((one) => alertView(one, config.heartbeats.get(one.name)?.within, since, now)),
  ].sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || (a.name < b.name ? -1 : 1));
}

function calledView(
  rule: CalledHeartbeat,
  record: Heartbeat | undefined,
  since: number,
  now: number,
): HeartbeatView {
  const patience = patienceWith(rule);
  const lost = record && (record.lost?.since ?? lostSince(record, { since, within: patience, now }));
  return defined({
    name: rule.name,
    kind: "called" as const,
    labels: {},
    state: stateOf(record, lost),
    lastAt: record?.neverCalled ? undefined : record?.lastAt,
    dueAt: record && lost === undefined ? Math.max(record.lastAt, since) + patience : undefined,
    lostSince: lost,
    every: rule.every,
    patience,
    severity: rule.severity,
    groups: rule.group === undefined ? [] : [rule.group],
  });
}

function alertView(
  record: Heartbeat,
  within: number | undefined,
  since: number,
  now: number,
): HeartbeatView {
  const patience = patienceOf(record, { within, now });
  const lost = record.lost?.since ?? lostSince(record, { since, within, now });
  return defined({
    name: record.name,
    kind: "alert" as const,
    labels: record.labels,
    state: stateOf(record, lost),
    lastAt: record.lastAt,
    dueAt: lost === undefined ? Math.max(record.lastAt, since) + patience : undefined,
    lostSince: lost,
    patience,
    severity: "critical" as const,
    groups: record.routes.map(({ group }) => group),
  });
}

function stateOf(record: Heartbeat | undefined, lost: number | undefined): HeartbeatView["state"] {
  if (lost !== undefined) return "lost";
  return record === undefined || record.neverCalled ? "waiting" : "alive";
}
