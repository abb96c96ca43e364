import { type Alert, OWN_DIALECT } from "../alert.ts";
import { fingerprint } from "../fingerprint.ts";
import type { Destination, Group } from "../group.ts";
import { translator } from "../message/locale.ts";
import { isWhole } from "../record.ts";
import type { Journal } from "../store/journal.ts";
import type { LaneState, Sickness } from "../store/lane_record.ts";
import type { Outbox } from "../store/outbox.ts";
import type { Incident } from "../window.ts";
import type { Accept } from "./accept.ts";

/** What telling of sick vendors works with. */
export interface SicknessOptions {
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly groups: ReadonlyMap<string, Group>;
  readonly accept: Accept;
  /** What people call a destination. */
  readonly nameOf: (destinationId: string) => string;
}

/** It is told once, and again on the next day. */
const WINDOW = 24 * 60 * 60_000;

/**
 * Tell each group once, through a destination that works, of one that does not; and when it works again. A sick
 * destination is an incident like any other: it is logged, counted, and can be acknowledged or silenced.
 *
 * @throws StoreError
 */
export async function tellOfSickness(options: SicknessOptions, now: number): Promise<void> {
  const { journal, outbox, groups } = options;
  const states = await outbox.states();
  const open = await journal.open(({ dialect }) => dialect === OWN_DIALECT);
  const ill = [...groups.values()].flatMap((group) =>
    group.destinations.flatMap((destination) => {
      const sickness = states.get(destination.lane)?.sick;
      return sickness ? [{ group, destination, sickness }] : [];
    })
  );
  for (const { group, destination, sickness } of ill) {
    const print = fingerprint(OWN_DIALECT, identityOf(destination.id));
    if (open.some(({ fingerprint }) => fingerprint === print)) continue;
    const healthy = healthyOf(group, destination, states);
    if (healthy) {
      await tell(alertOf(group, destination, healthy, sickness, options), { group, healthy, options, now });
    }
  }
  for (const incident of open) {
    if (
      !ill.some(({ destination }) =>
        fingerprint(OWN_DIALECT, identityOf(destination.id)) === incident.fingerprint
      )
    ) {
      await tellOfRecovery(incident, { states, options, now });
    }
  }
}

function identityOf(destination: string): Record<string, string> {
  return { destination };
}

/** The fallback where there is one, else any other of the group whose vendor works. */
function healthyOf(
  { destinations }: Group,
  { id, lane, fallback }: Destination,
  states: ReadonlyMap<string, LaneState>,
): Destination | undefined {
  const working = destinations.filter((other) =>
    other.id !== id && other.lane !== lane && !states.get(other.lane)?.sick
  );
  return working.find((other) => other.id === fallback) ?? working[0];
}

function alertOf(
  { locale }: Group,
  { id, channel }: Destination,
  healthy: Destination,
  { since, because }: Sickness,
  { nameOf }: SicknessOptions,
): Alert {
  return {
    dialect: OWN_DIALECT,
    status: "firing",
    severity: "error",
    title: translator(locale)("sickness.title", { destination: nameOf(id) }),
    text: because,
    labels: { alertname: "DestinationFails", destination: id, channel, through: healthy.id },
    annotations: {},
    startsAt: since,
    endsAt: null,
    links: [],
  };
}

/** Through what told of the sickness, or through any other that works; with neither it ends without a word. */
async function tellOfRecovery(
  incident: Incident,
  { states, options, now }: {
    states: ReadonlyMap<string, LaneState>;
    options: SicknessOptions;
    now: number;
  },
): Promise<void> {
  const { journal, groups } = options;
  const first = await journal.alert(incident.id);
  if (!first || !isWhole(first.alert)) return;
  const { destination = "", through } = first.alert.labels;
  const group = groups.get(destination.slice(0, destination.lastIndexOf("/")));
  if (!group) return; // it is closed when it has been silent for long
  const { destinations } = group;
  const healthy = destinations.find(({ id }) => id === through) ??
    destinations.find(({ lane }) => !states.get(lane)?.sick);
  const alert: Alert = { ...first.alert, status: "resolved", endsAt: now };
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
  const destinations = healthy ? [{ ...healthy, standby: false }] : [];
  await options.accept([{ alert, identity: identityOf(alert.labels.destination!) }], {
    now,
    bytes: 1_000,
    group: { ...group, window: WINDOW, destinations },
  });
}
