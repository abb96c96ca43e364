import { formatDuration } from "../../../relay/base/time.ts";
import { handlingOf } from "../../../relay/domain/handling.ts";
import { endOf, type Incident, notifiedGroups } from "../../../relay/domain/incident.ts";
import { labelsIn, wholeIn } from "../../../relay/domain/record.ts";
import type { GroupBy } from "../../../relay/query/incident_list/groups.ts";
import type { IncidentGroup } from "../../../relay/query/shapes/incident_list.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { View } from "../shell.ts";
import { whereaboutsOfEach } from "../whereabouts.ts";
import { addressOf, labelIs, type ListFilter, writeFilter } from "./filter.ts";

/** Incidents as lines of a list. @throws StoreError */
export async function rowsOf(
  incidents: readonly Incident[],
  { now, locale }: Pick<View, "now" | "locale">,
  { query }: Relay,
): Promise<object[]> {
  const alerts = await query.alerts.getMany(incidents.map(({ id }) => id));
  const firsts = incidents.map(({ id }) => wholeIn(alerts.get(id)));
  const places = whereaboutsOfEach(firsts, query.config.labelRules);
  return incidents.map((incident, index) => {
    const labels = labelsIn(alerts.get(incident.id));
    return {
      ...incident,
      handling: handlingOf(incident),
      place: places[index],
      groups: notifiedGroups(incident),
      silence: incident.closedAt === null ? query.silenceOf(labels, now)?.id : undefined,
      inhibitor: incident.closedAt === null ? query.inhibitorsOf(labels, incident.id)[0]?.id : undefined,
      flapping: Object.values(incident.flaps ?? {}).some(({ told }) => told !== undefined),
      lasted: formatDuration(endOf(incident, now) - incident.openedAt, locale),
    };
  });
}

/** The most characters of a value in the filter of its group. */
const MAX_VALUE = 300;

/** A group as a line of a list. `expanded`: the value of the group that is. */
export function groupLine(
  { value, since, ...group }: IncidentGroup,
  { filter, groupBy, expanded, view: { now, locale } }: {
    filter: ListFilter;
    groupBy: GroupBy;
    expanded: string | undefined;
    view: Pick<View, "now" | "locale">;
  },
): object {
  const text = value ?? "";
  const isExpanded = expanded === text;
  if (text.length > MAX_VALUE) {
    return { ...group, value: text, isLong: true, lasted: formatDuration(now - since, locale) };
  }
  const own = groupBy.by === "title" ? { ...filter, title: text, group_by: undefined } : {
    ...filter,
    matchers: [...new Set([...filter.matchers, labelIs(groupBy.name, text)])],
    group_by: undefined,
  };
  const search = writeFilter(own);
  return {
    ...group,
    value: text,
    isExpanded,
    lasted: formatDuration(now - since, locale),
    address: addressOf(own),
    toggle: addressOf({ ...filter, expand: isExpanded ? undefined : text }),
    search,
    silence: `/incidents/silence${search === "" ? "" : `?${search}`}`,
  };
}
