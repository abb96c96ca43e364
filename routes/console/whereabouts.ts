import { labelOf, type Labels } from "../../relay/domain/alert.ts";
import { aboutOf } from "../../relay/domain/about.ts";
import type { Words } from "../../relay/store/summary.ts";
import { differingLabels, isHidden, type LabelRules } from "../../relay/message/labels.ts";
import { whereOf } from "../../relay/domain/where.ts";
import { cut, oneLine } from "../../relay/base/text.ts";

/** Where an alert is, for a list or a heading. */
export interface Whereabouts {
  /** Its object, or else how its text begins; empty when neither says anything. */
  readonly text: string;
  /** The labels that name the object, as the text names it: `namespace/pod`. */
  readonly names: string;
  /** What tells it from others of the list that have its title and its object. */
  readonly differs: readonly (readonly [name: string, value: string])[];
}

/** What is known of an alert, if anything is. */
type Said = Pick<Words, "title" | "text" | "labels"> | undefined;

/** Labels that tell one line from another, at most, and characters of a value. */
const MOST = { labels: 2, chars: 80 };

/** Where one alert is. */
export function whereaboutsOf(said: Said, rules: LabelRules): Whereabouts {
  if (!said) return { text: "", names: "", differs: [] };
  const { parts } = whereOf(said.labels, rules.where);
  const names = parts.map(({ name, detail }, index) => `${index === 0 ? "" : detail ? " " : "/"}${name}`);
  return { text: oneLine(aboutOf(said, rules.where)), names: names.join(""), differs: [] };
}

/** Where the alerts of a list are, in its order. Lines that would read the same also have what differs. */
export function whereaboutsOfEach(list: readonly Said[], rules: LabelRules): Whereabouts[] {
  const all = list.map((said) => whereaboutsOf(said, rules));
  const keys = list.map((said, index) => `${said?.title}\n${all[index]!.text}`);
  const alike = Map.groupBy(
    list.flatMap((said, index) => said ? [{ said, key: keys[index]! }] : []),
    ({ key }) => key,
  );
  const differing = new Map(
    Array.from(alike, ([key, some]) => [key, telling(some.map(({ said }) => said.labels), rules)]),
  );
  return all.map((one, index) => ({
    ...one,
    differs: (differing.get(keys[index]!) ?? []).flatMap((name): [string, string][] => {
      const value = labelOf(list[index]?.labels ?? {}, name) ?? "";
      return value === "" ? [] : [[name, cut(oneLine(value), { chars: MOST.chars })]];
    }),
  }));
}

/** Labels that differ; hidden ones only where no other does. */
function telling(all: readonly Labels[], rules: LabelRules): string[] {
  const differing = differingLabels(all);
  const visible = differing.filter((name) => !isHidden(name, rules));
  return (visible.length > 0 ? visible : differing).slice(0, MOST.labels);
}
