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
import { alertOf } from "../intake/alert_of.ts";

/** The dependencies of {@linkcode notifyOfSickness}. */
export interface SicknessOptions {
  readonly store: Pick<Store, "log" | "incidents" | "outbox">;
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
export async function notifyOfSickness(options: SicknessOptions, now: number): Promise<void> {
  const { store: { outbox }, config: { groups } } = options;
  const states = await outbox.states();
  const open = await openIncidents(options);
  const failing = [...groups.values()].flatMap((group) =>
    group.destinations.flatMap((destination) => {
      const sickness = sicknessIn(states, destination);
      return sickness ? [{ group, destination, sickness }] : [];
    })
  );
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
}

/** The sickness incidents that are not over, stale ones included, by fingerprint. */
async function openIncidents(
  { store: { incidents }, config: { groups } }: SicknessOptions,
): Promise<Map<string, Incident>> {
  const open = await incidents.open(({ dialect }) => dialect === OWN_DIALECT);
  const fingerprints = [...groups.values()].flatMap(({ destinations }) =>
    destinations.map(({ id }) => fingerprintOf(id))
  );
  const latest = await incidents.latest(new Set(fingerprints));
  const unresolved = fingerprints.flatMap((one) => latest.get(one) ?? []).filter((incident) =>
    !isOver(incident)
  );
  return new Map([...open, ...unresolved].map((incident) => [incident.fingerprint, incident]));
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

/** The healthy destination to notify through: the fallback if it is healthy, else any other of the group. */
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

/** Notify through the same destination as of the sickness, else any healthy one; without one the incident only ends. */
async function notifyOfRecovery(
  incident: Incident,
  { states, options, now }: {
    states: ReadonlyMap<string, LaneState>;
    options: SicknessOptions;
    now: number;
  },
): Promise<void> {
  const { store: { log }, config: { groups } } = options;
  const firing = await alertOf(incident, log);
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
