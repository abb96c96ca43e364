import { type Alert, labelOf, type Labels } from "./alert.ts";
import { whereOf, type WhereRules } from "./where.ts";

type SilencedLabel = [name: string, value: string];

/** Labels that hold the name of an alert, in any dialect. */
export const NAMES: readonly string[] = [
  "alertname",
  "alertName",
  "alarm_type",
  "alarmType",
  "alertType",
];

/** alarm_v2's label for the failing part of a business: an object in addition to the host. */
const FUNCTION = "alert_function";

const VOLATILE =
  /^(severity|prometheus|prometheus_replica|replica|receive|monitor|alert_time|timestamp|.*_?id|uid|.*hash)$/i;

/** Whether a label changes between firings, or names the sender: a silence with it matches too little. */
export function isVolatile(name: string): boolean {
  return VOLATILE.test(name);
}

/** Labels that distinguish alerts without an object, the best first. */
const DISTINCTIVE = ["target", "namespace", "cluster", "service", "job", "team"];

/** Labels of one silence and characters of a value, at most. */
const MAX = { labels: 6, chars: 300 };

/**
 * The labels that a silence of an alert should name: those of its name and of its object. If either is missing, the most
 * distinctive other labels are added, because a silence with too few labels matches too much.
 *
 * @param options `by`: the labels that several alerts of one name share; the silence then names these and the name
 */
export function silencedLabels(
  { title, labels }: Pick<Alert, "title" | "labels">,
  rules: WhereRules,
  { by }: { by?: readonly string[] | undefined } = {},
): SilencedLabel[] {
  const usable = Object.entries(labels).filter(([, value]) => value !== "" && value.length <= MAX.chars);
  const names = usable.filter(([name, value]) => NAMES.includes(name) || value === title);
  const shared = by && usable.filter(([name]) => by.includes(name));
  if (shared && names.length + shared.length > 0) return [...new Map([...names, ...shared])];
  const objects = objectsIn(Object.fromEntries(usable), rules);
  const chosen = [...new Map([...names, ...objects])].slice(0, MAX.labels);
  if (names.length > 0 && objects.length > 0) return chosen;
  const others = usable.filter(([name]) => !chosen.some(([other]) => other === name));
  const stable = others.filter(([name]) => !isVolatile(name));
  const more = chosen.length + stable.length === 0 ? others : stable;
  return [...chosen, ...more.toSorted(([a], [b]) => rankOf(a) - rankOf(b))].slice(0, MAX.labels);
}

/** The labels that name the object, with their whole values. */
function objectsIn(labels: Labels, rules: WhereRules): SilencedLabel[] {
  const names = new Set([...whereOf(labels, rules).parts.map(({ name }) => name), FUNCTION]);
  return [...names].flatMap((name): SilencedLabel[] => {
    const value = labelOf(labels, name);
    return value === undefined ? [] : [[name, value]];
  });
}

function rankOf(name: string): number {
  const rank = DISTINCTIVE.indexOf(name);
  return rank < 0 ? DISTINCTIVE.length : rank;
}
