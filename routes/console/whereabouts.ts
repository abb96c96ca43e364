import { labelOf, type Labels } from "../../relay/domain/alert.ts";
import { aboutOf } from "../../relay/domain/about.ts";
import type { Words } from "../../relay/domain/summary.ts";
import { differingLabels, isHidden, type LabelRules } from "../../relay/message/labels.ts";
import { whereOf } from "../../relay/domain/where.ts";
import { cut, oneLine } from "../../relay/base/text.ts";

/** An alert's object, for a list or a heading. */
export interface Whereabouts {
  /** Its object, otherwise the beginning of its text; empty if it has neither. */
  readonly text: string;
  /** The names of the labels in `text`, such as `namespace/pod`; empty when it is not an object. */
  readonly names: string;
  /** Labels that distinguish it from lines with the same title and object. */
  readonly differs: readonly (readonly [name: string, value: string])[];
}

/** An alert's words; `undefined` when they were deleted. */
type AlertWords = Pick<Words, "title" | "text" | "labels"> | undefined;

/** The most labels that distinguish a line, and the most characters of each. */
const MOST = { labels: 2, chars: 80 };

/** The object of one alert. */
export function whereaboutsOf(said: AlertWords, rules: LabelRules): Whereabouts {
  if (!said) return { text: "", names: "", differs: [] };
  const { parts } = whereOf(said.labels, rules.where);
  const names = parts.map(({ name, detail }, index) => `${index === 0 ? "" : detail ? " " : "/"}${name}`);
  return { text: oneLine(aboutOf(said, rules.where)), names: names.join(""), differs: [] };
}

/** The objects of a list's alerts, in order. Lines that would look the same also get the labels that differ. */
export function whereaboutsOfEach(list: readonly AlertWords[], rules: LabelRules): Whereabouts[] {
  const all = list.map((said) => whereaboutsOf(said, rules));
  const keys = list.map((said, index) => `${said?.title}\n${all[index]!.text}`);
  const alike = Map.groupBy(
    list.flatMap((said, index) => said ? [{ said, key: keys[index]! }] : []),
    ({ key }) => key,
  );
  const differing = new Map(
    Array.from(alike, ([key, some]) => [key, differingOf(some.map(({ said }) => said.labels), rules)]),
  );
  return all.map((one, index) => ({
    ...one,
    differs: (differing.get(keys[index]!) ?? []).flatMap((name): [string, string][] => {
      const value = labelOf(list[index]?.labels ?? {}, name) ?? "";
      return value === "" ? [] : [[name, cut(oneLine(value), { chars: MOST.chars })]];
    }),
  }));
}

/** The labels that differ; hidden ones only when no other label differs. */
function differingOf(all: readonly Labels[], rules: LabelRules): string[] {
  const differing = differingLabels(all);
  const visible = differing.filter((name) => !isHidden(name, rules));
  return (visible.length > 0 ? visible : differing).slice(0, MOST.labels);
}
