import type { Alert, Labels } from "../domain/alert.ts";
import { type Incident, notifiedGroups } from "../domain/incident.ts";
import { type Matcher, matchesAll } from "../domain/matcher.ts";
import { type LoggedAlert, wholeIn } from "../domain/record.ts";
import type { StoreReader } from "../store/reader.ts";

/** An open incident with its alert. */
export interface CurrentAlert {
  readonly incident: Incident;
  /** The newest alert that the log stores in full; `undefined` if it has left the log. */
  readonly alert: Alert | undefined;
  readonly labels: Labels;
  /** The ids of its groups. */
  readonly groups: readonly string[];
  /** The ids of the active silences that match it. */
  readonly silencedBy: readonly string[];
  /** The fingerprints of the open incidents that inhibit it. */
  readonly inhibitedBy: readonly string[];
}

/** The number of incidents read at a time: neighbours share pages of the log. */
const BATCH = 200;

/**
 * All open incidents whose labels the matchers match, in batches, the oldest first.
 *
 * @throws StoreError
 */
export async function* currentAlerts(
  { incidents: stored, records, silences, inhibitors }: Pick<
    StoreReader,
    "incidents" | "records" | "silences" | "inhibitors"
  >,
  { matchers, now }: { matchers: readonly Matcher[]; now: number },
): AsyncGenerator<CurrentAlert[]> {
  const { openTable } = stored;
  /** The labels of the first alert; from the table if it has them, without a read of a record. */
  const heldLabels = ({ id }: Incident): Labels | undefined => {
    const row = openTable?.rowOf(id);
    return row?.labels && openTable!.labelsOf(row);
  };
  const mayMatch = (incident: Incident): boolean => {
    const labels = heldLabels(incident);
    return labels === undefined || matchesAll(matchers, labels);
  };
  await silences.refresh();
  const open = (await stored.open(matchers.length === 0 ? () => true : mayMatch))
    .sort((a, b) => a.id < b.id ? -1 : 1);
  for (let from = 0; from < open.length; from += BATCH) {
    const batch = open.slice(from, from + BATCH);
    const alerts = await records.alerts(batch.flatMap(({ id, lastId }) => [id, lastId]));
    yield batch.flatMap((incident): CurrentAlert[] => {
      const first = alerts.get(incident.id);
      const last = alerts.get(incident.lastId);
      const alert = wholeIn(last) ?? wholeIn(first);
      const labels = alert?.labels ?? heldLabels(incident) ?? {};
      if (!matchesAll(matchers, labels)) return [];
      return [{
        incident,
        alert,
        labels,
        groups: groupsOf(incident, last ?? first),
        silencedBy: silences.allCovering(labels, now),
        inhibitedBy: inhibitors.of(labels, incident.id).map(({ fingerprint }) => fingerprint),
      }];
    });
  }
}

function groupsOf(incident: Incident, logged: LoggedAlert | undefined): readonly string[] {
  return logged === undefined ? notifiedGroups(incident) : logged.routing.map(({ group }) => group);
}
