import { formatDuration } from "../../../relay/base/time.ts";
import { wholeIn } from "../../../relay/domain/record.ts";
import type { Noise } from "../../../relay/query/shapes/statistics.ts";
import type { Relay } from "../../../relay/relay.ts";
import { groupPath } from "../groups/subject.ts";
import type { View } from "../shell.ts";
import { whereaboutsOfEach } from "../whereabouts.ts";
import { alertSuggestion, type Suggestion } from "./suggestion.ts";

/** The noisiest alerts as lines of the page. @throws StoreError */
export async function noisyAlerts(
  noisiest: readonly Noise[],
  { relay: { query }, view: { t, locale }, days }: { relay: Relay; view: View; days: number },
): Promise<object[]> {
  const ids = noisiest.flatMap(({ incident }) => incident ?? []);
  const [incidents, firsts] = [await query.incidents.getMany(ids), await query.alerts.getMany(ids)];
  const places = whereaboutsOfEach(
    noisiest.map(({ incident }) => wholeIn(firsts.get(incident ?? ""))),
    query.config.labelRules,
  );
  return noisiest.map((noise, index) => {
    const { incident, episodes, lasted, fingerprint } = noise;
    const suggestion = alertSuggestion(noise, { days, t, locale });
    return {
      ...noise,
      title: incidents.get(incident ?? "")?.title ?? fingerprint,
      place: places[index],
      mean: episodes === 0 ? "–" : formatDuration(Math.max(1_000, lasted / episodes), locale),
      suggestion: suggestion && { ...suggestion, href: hrefOf(suggestion, noise, query.config.groups) },
    };
  });
}

/** The page of the suggested action. */
function hrefOf(
  { kind }: Suggestion,
  { groups, incident }: Noise,
  configured: Relay["query"]["config"]["groups"],
): string {
  const group = configured.get(groups[0] ?? "");
  if (kind === "silence" || !group) return `/silences/new${incident === null ? "" : `?incident=${incident}`}`;
  if (kind === "window") return `/noise?group=${encodeURIComponent(group.id)}#window`;
  return `${groupPath(group.owner, group.level)}/edit`;
}
