import { DAY } from "../../../relay/base/duration.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import type { Labels } from "../../../relay/domain/alert.ts";
import { endOf, type Incident } from "../../../relay/domain/incident.ts";
import { whereOf } from "../../../relay/domain/where.ts";
import { recurrenceWords } from "../../../relay/message/recurrence_words.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { View } from "../shell.ts";

/** The number of incidents of each relation on the page. */
const SHOWN = 5;

/** Earlier incidents, for the page of one. `labels`: those of its first alert. */
export async function relatedOf(
  incident: Incident,
  labels: Labels,
  { query: { config, incidents } }: Relay,
  { now, locale, t }: View,
): Promise<object[]> {
  const place = whereOf(labels, config.labelRules.where).text;
  const { since, relations } = await incidents.related(incident, { place, now, limit: SHOWN });
  const days = Math.max(1, Math.round((now - since) / DAY));
  return relations.map(({ relation, incidents, ...recurrence }) => ({
    relation,
    // The current incident counts only for the same alert.
    words: relation === "alert"
      ? recurrenceWords({ ...recurrence, days }, { locale })
      : t("related.count", { count: recurrence.more ? `${recurrence.earlier}+` : recurrence.earlier, days }),
    incidents: incidents.map((one) => ({
      ...one,
      lasted: formatDuration(endOf(one, now) - one.openedAt, locale),
    })),
  }));
}
