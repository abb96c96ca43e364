import { wholeIn } from "../domain/record.ts";
import type { LoggedAlert } from "../domain/record.ts";
import type { Incident } from "../domain/incident.ts";
import { route } from "../intake/pipeline.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import { storedRoutes } from "./stored_routes.ts";
import type { UpkeepTools } from "./upkeep.ts";

/** Incidents that are seen to at a time. */
const BATCH = 200;

/** The dependencies of the lift. */
export type LiftTools = Pick<UpkeepTools, "store" | "writer" | "courier" | "groups" | "config" | "clock">;

/**
 * Decide inhibited alerts again whose inhibitor has ended, or whose rule is gone. Each is decided like a new alert,
 * so the current rules, silences and quiet hours apply. A crash loses nothing: an ended inhibitor stays stored until
 * this is done.
 *
 * @throws StoreError
 */
export async function liftInhibited(tools: LiftTools): Promise<void> {
  const { store: { incidents, inhibitors }, config, clock } = tools;
  await inhibitors.refresh();
  if (!inhibitors.isPending) return;
  const { ended, areSettingsKnown, mark } = inhibitors;
  const rules = config.inhibit;
  await findSources(tools, { all: !areSettingsKnown });
  const waiting = await incidents.open(({ inhibited }) =>
    inhibited !== undefined && !(areSettingsKnown && inhibitors.isSource(inhibited.by))
  );
  await inBatches(waiting, async (some) => {
    const alerts = await tools.store.records.alerts(some.map(({ inhibited }) => inhibited!.alert));
    return some.flatMap((incident) => liftOf(incident, alerts.get(incident.inhibited!.alert), tools) ?? []);
  }, tools);
  inhibitors.seen(mark);
  await inhibitors.forget(ended, clock.now());
  if (!areSettingsKnown) await inhibitors.allExamined(rules);
}

/** Examines open incidents with unread labels: reopened ones, and with new rules all that are not a source yet. */
async function findSources(tools: LiftTools, { all }: { all: boolean }): Promise<void> {
  const { store: { incidents, inhibitors, records } } = tools;
  const unread = new Set(inhibitors.unread);
  if (!all && unread.size === 0) return;
  const found = await incidents.open(({ id }) => all ? !inhibitors.isSource(id) : unread.has(id));
  await inBatches(found, async (some) => {
    const alerts = await records.alerts(some.map(({ id }) => id));
    return some.flatMap(({ id, fingerprint }): IncidentUpdate[] => {
      const labels = wholeIn(alerts.get(id))?.labels;
      return labels && inhibitors.isSourceOf(labels)
        ? [{ kind: "inhibitor", fingerprint, incident: id, labels }]
        : [];
    });
  }, tools);
  inhibitors.examined(unread);
}

function liftOf(
  { fingerprint, inhibited }: Incident,
  logged: LoggedAlert | undefined,
  { store: { silences }, groups, config, clock }: LiftTools,
): IncidentUpdate | undefined {
  const alert = wholeIn(logged);
  if (!logged || !alert || !inhibited) return undefined;
  const now = clock.now();
  const isByLabels = logged.routing.every(({ by }) => by === "rule" || by === "team" || by === "default");
  const target = isByLabels ? undefined : storedRoutes(logged.routing, groups);
  const again = { alert, fingerprint, payload: `lifted-${logged.id}`, now };
  const routed = route(again, { target, groups: config.groups, rules: config.rules });
  const silence = silences.covering(alert.labels, now);
  return { kind: "lift", by: inhibited.by, alert: { ...routed, silence, lifted: true } };
}

async function inBatches(
  incidents: readonly Incident[],
  updatesOf: (some: readonly Incident[]) => Promise<IncidentUpdate[]>,
  { writer, courier }: LiftTools,
): Promise<void> {
  for (let from = 0; from < incidents.length; from += BATCH) {
    const updates = await updatesOf(incidents.slice(from, from + BATCH));
    for (const lane of await writer.update(updates)) courier.wake(lane);
  }
}
