import { SEVERITIES, type Severity } from "../domain/severity.ts";
import { Gauge } from "./instruments.ts";

/** The number of open incidents. */
export interface OpenIncidents {
  readonly severities: Readonly<Record<Severity, number>>;
  readonly groups: ReadonlyMap<string, Readonly<Record<Severity, number>>>;
}

/** The groups with the most open incidents are listed; the others are added up as `other`. */
const MAX_GROUPS = 100;

/** The open incidents, in total and by group. */
export function incidentGauges(open: () => OpenIncidents | undefined): Gauge[] {
  return [
    new Gauge({
      name: "fenghuo_incidents_open",
      help: "Open incidents",
      labels: ["severity"],
    }, () => Object.entries(open()?.severities ?? {}).map(([severity, count]) => [[severity], count])),
    new Gauge({
      name: "fenghuo_group_incidents_open",
      help: "Open incidents that a group was notified of; one incident counts for each of its groups",
      labels: ["group", "severity"],
    }, () => byGroup(open()?.groups ?? new Map())),
  ];
}

function* byGroup(groups: OpenIncidents["groups"]): Iterable<[string[], number]> {
  const fullest = [...groups].map(([group, counts]) => ({ group, counts, total: totalOf(counts) }))
    .sort((a, b) => b.total - a.total || (a.group < b.group ? -1 : 1));
  const others = new Map<string, number>();
  for (const [index, { group, counts }] of fullest.entries()) {
    for (const severity of SEVERITIES) {
      const count = counts[severity];
      if (index < MAX_GROUPS) yield [[group, severity], count];
      else others.set(severity, (others.get(severity) ?? 0) + count);
    }
  }
  for (const [severity, count] of others) yield [["other", severity], count];
}

function totalOf({ critical, error, warning, info }: Readonly<Record<Severity, number>>): number {
  return critical + error + warning + info;
}
