import { type Alert, OWN_DIALECT } from "../domain/alert.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import type { Destination, Group } from "../domain/group.ts";
import { destinationName } from "../message/destination_name.ts";
import { translator } from "../message/locale.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Store } from "../store/store.ts";
import { type LaneState, type Sickness, sicknessOf } from "../store/lane_record.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import type { Accept } from "../intake/accept.ts";
import { alertIdsOf, alertOf } from "../intake/alert_of.ts";

/** The dependencies of {@linkcode notifyOfSickness}. */
export interface SicknessOptions {
  readonly store: Pick<Store, "records" | "incidents" | "outbox" | "isShared">;
  readonly config: { readonly groups: ReadonlyMap<string, Group> };
  readonly channels: ChannelRegistry;
  readonly accept: Accept;
}

/** Groups are notified of a sick destination once a day. */
const WINDOW = 24 * 60 * 60_000;

/**
 * Notify each group, through a healthy destination, once of a destination that fails and once when it has recovered. A sick
 * destination is an incident like any other: it is logged, counted, and can be acknowledged or silenced.
 *
 * @throws StoreError
 */
export async function notifyOfSickness(
  options: SicknessOptions,
  { now, known }: { now: number; known: KnownSickness },
): Promise<void> {
  const { store: { outbox }, config: { groups } } = options;
  const states = await outbox.states();
  const failing = [...groups.values()].flatMap((group) =>
    group.destinations.flatMap((destination) => {
      const sickness = sicknessIn(states, destination);
      return sickness ? [{ group, destination, sickness }] : [];
    })
  );
  for (const { destination: { id } } of failing) known.destinations.add(id);
  const open = await openIncidents(options, { now, known });
  for (const { group, destination, sickness } of failing) {
    const existing = open.get(fingerprintOf(destination.id));
    if (existing && now < existing.lastAt + WINDOW) continue;
    const healthy = healthyOf(group, destination, states);
    if (healthy) {
      await notify(sicknessAlert(group, destination, healthy, sickness, options), {
        group,
        healthy,
        options,
        now,
      });
    }
  }
  const sick = new Set(failing.map(({ destination }) => fingerprintOf(destination.id)));
  for (const incident of open.values()) {
    if (!sick.has(incident.fingerprint)) await notifyOfRecovery(incident, { states, options, now });
  }
  known.destinations = new Set(failing.map(({ destination }) => destination.id));
}

/** The destinations that may have an incident: those that were sick at the last check. */
export interface KnownSickness {
  destinations: Set<string>;
  /** The time of the last look-up of all destinations' incidents. */
  scannedAt: number;
}

/** The incidents of all destinations are looked up this often, in milliseconds: other instances notify of sickness, too. */
const SCAN_EVERY = 60 * 60_000;

/** The number of destinations above which a shared store looks up only those with an open incident. */
const MAX_LOOKED_UP = 500;

/**
 * The sickness incidents that are not over, by fingerprint; at intervals those of all destinations, including stale
 * ones.
 */
async function openIncidents(
  { store: { incidents, isShared }, config: { groups } }: SicknessOptions,
  { now, known }: { now: number; known: KnownSickness },
): Promise<Map<string, Incident>> {
  const found = new Map<string, Incident>();
  const fingerprints = new Set([...known.destinations].map(fingerprintOf));
  if (!isShared || now >= known.scannedAt + SCAN_EVERY) {
    for (const incident of await incidents.open(({ dialect }) => dialect === OWN_DIALECT)) {
      found.set(incident.fingerprint, incident);
    }
  }
  if (now >= known.scannedAt + SCAN_EVERY) {
    known.scannedAt = now;
    const all = [...groups.values()].flatMap(({ destinations }) => destinations);
    if (!isShared || all.length <= MAX_LOOKED_UP) {
      for (const { id } of all) fingerprints.add(fingerprintOf(id));
    }
  }
  const latest = await incidents.latest(fingerprints);
  for (const one of fingerprints) {
    const incident = latest.get(one);
    if (incident && !isOver(incident)) found.set(one, incident);
  }
  return found;
}

function fingerprintOf(destination: string): string {
  return fingerprint(OWN_DIALECT, identityOf(destination));
}

/** A destination's sickness: its vendor fails or refuses its config. */
function sicknessIn(
  states: ReadonlyMap<string, LaneState>,
  { lane, configHash }: Destination,
): Sickness | undefined {
  return sicknessOf(states.get(lane) ?? { failures: 0 }, configHash);
}

function identityOf(destination: string): Record<string, string> {
  return { destination };
}

/** The healthy destination to notify through: the fallback if it is healthy, otherwise any other of the group. */
function healthyOf(
  { destinations }: Group,
  { id, fallback }: Destination,
  states: ReadonlyMap<string, LaneState>,
): Destination | undefined {
  const working = destinations.filter((other) => other.id !== id && !sicknessIn(states, other));
  return working.find((other) => other.id === fallback) ?? working[0];
}

function sicknessAlert(
  { locale }: Group,
  { id, channel }: Destination,
  healthy: Destination,
  { since, because }: Sickness,
  options: SicknessOptions,
): Alert {
  return {
    dialect: OWN_DIALECT,
    status: "firing",
    severity: "error",
    title: translator(locale)("sickness.title", {
      destination: destinationName(id, { ...options, groups: options.config.groups }),
    }),
    text: because,
    labels: { alertname: "DestinationFails", destination: id, channel, through: healthy.id },
    annotations: {},
    startsAt: since,
    endsAt: null,
    links: [],
  };
}

/**
 * Notify through the same destination as for the sickness, otherwise any healthy one; without one the incident only
 * ends.
 */
async function notifyOfRecovery(
  incident: Incident,
  { states, options, now }: {
    states: ReadonlyMap<string, LaneState>;
    options: SicknessOptions;
    now: number;
  },
): Promise<void> {
  const { store: { records }, config: { groups } } = options;
  const firing = alertOf(incident, await records.alerts(alertIdsOf(incident)));
  const { destination = "", through } = firing.labels;
  const group = groups.get(destination.slice(0, destination.lastIndexOf("/")));
  if (!group) return; // the incident becomes stale
  const { destinations } = group;
  const healthy = destinations.find(({ id }) => id === through) ??
    destinations.find((other) => !sicknessIn(states, other));
  const alert: Alert = { ...firing, status: "resolved", endsAt: now };
  await notify(alert, { group, healthy, options, now });
}

async function notify(
  alert: Alert,
  { group, healthy, options, now }: {
    group: Group;
    healthy: Destination | undefined;
    options: SicknessOptions;
    now: number;
  },
): Promise<void> {
  const destinations = healthy ? [{ ...healthy, isFallback: false }] : [];
  await options.accept([{ alert, identity: identityOf(alert.labels.destination!) }], {
    now,
    bytes: 1_000,
    group: { ...group, window: WINDOW, repeat: WINDOW, destinations },
  });
}
