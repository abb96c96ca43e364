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

/** What {@linkcode tellOfSickness} works with. */
export interface SicknessOptions {
  readonly store: Pick<Store, "log" | "incidents" | "outbox">;
  readonly config: { readonly groups: ReadonlyMap<string, Group> };
  readonly channels: ChannelRegistry;
  readonly accept: Accept;
}

/** Groups are notified of it once a day. */
const WINDOW = 24 * 60 * 60_000;

/**
 * Notify each group once, through a destination that works, of a destination that does not, and when it works again. A
 * sick destination is an incident like any other: it is logged, counted, and can be acknowledged or silenced.
 *
 * @throws StoreError
 */
export async function tellOfSickness(options: SicknessOptions, now: number): Promise<void> {
  const { store: { outbox }, config: { groups } } = options;
  const states = await outbox.states();
  const told = await toldOf(options);
  const ill = [...groups.values()].flatMap((group) =>
    group.destinations.flatMap((destination) => {
      const sickness = sicknessIn(states, destination);
      return sickness ? [{ group, destination, sickness }] : [];
    })
  );
  for (const { group, destination, sickness } of ill) {
    const known = told.get(printOf(destination.id));
    if (known && now < known.lastAt + WINDOW) continue;
    const healthy = healthyOf(group, destination, states);
    if (healthy) {
      await tell(sicknessAlert(group, destination, healthy, sickness, options), {
        group,
        healthy,
        options,
        now,
      });
    }
  }
  const sick = new Set(ill.map(({ destination }) => printOf(destination.id)));
  for (const incident of told.values()) {
    if (!sick.has(incident.fingerprint)) await tellOfRecovery(incident, { states, options, now });
  }
}

/** The open sickness incidents by fingerprint, including those that fell silent. */
async function toldOf(
  { store: { incidents }, config: { groups } }: SicknessOptions,
): Promise<Map<string, Incident>> {
  const open = await incidents.open(({ dialect }) => dialect === OWN_DIALECT);
  const prints = [...groups.values()].flatMap(({ destinations }) =>
    destinations.map(({ id }) => printOf(id))
  );
  const known = await incidents.latest(new Set(prints));
  const silent = prints.flatMap((print) => known.get(print) ?? []).filter((incident) => !isOver(incident));
  return new Map([...open, ...silent].map((incident) => [incident.fingerprint, incident]));
}

function printOf(destination: string): string {
  return fingerprint(OWN_DIALECT, identityOf(destination));
}

/** A destination's sickness: its vendor accepts nothing, or refuses its config. */
function sicknessIn(
  states: ReadonlyMap<string, LaneState>,
  { lane, configHash }: Destination,
): Sickness | undefined {
  return sicknessOf(states.get(lane) ?? { failures: 0 }, configHash);
}

function identityOf(destination: string): Record<string, string> {
  return { destination };
}

/** The fallback where there is one, else any other of the group whose vendor works. */
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

/** Through the destination that told of the sickness, or any other that works; without one it ends without a message. */
async function tellOfRecovery(
  incident: Incident,
  { states, options, now }: {
    states: ReadonlyMap<string, LaneState>;
    options: SicknessOptions;
    now: number;
  },
): Promise<void> {
  const { store: { log }, config: { groups } } = options;
  const known = await alertOf(incident, log);
  const { destination = "", through } = known.labels;
  const group = groups.get(destination.slice(0, destination.lastIndexOf("/")));
  if (!group) return; // it is closed when it has been silent for long
  const { destinations } = group;
  const healthy = destinations.find(({ id }) => id === through) ??
    destinations.find((other) => !sicknessIn(states, other));
  const alert: Alert = { ...known, status: "resolved", endsAt: now };
  await tell(alert, { group, healthy, options, now });
}

async function tell(
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
