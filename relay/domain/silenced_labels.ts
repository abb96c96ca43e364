import { type Alert, labelOf, type Labels } from "./alert.ts";
import { whereOf, type WhereRules } from "./where.ts";

type SilencedLabel = [name: string, value: string];

/** Labels that hold the name of an alert, in any dialect. */
const NAMES: readonly string[] = [
  "alertname",
  "alertName",
  "alarm_type",
  "alarmType",
  "alertType",
];

/** alarm_v2's label for the part of a business that is in trouble: an object, beside its host. */
const FUNCTION = "alert_function";

/** Labels that change between firings, or name the sender: a silence that names one matches too little. */
const FLEETING =
  /^(severity|prometheus|prometheus_replica|replica|receive|monitor|alert_time|timestamp|.*_?id|uid|.*hash)$/i;

/** Labels that tell alerts apart where none names an object, the best first. */
const TELLING = ["target", "namespace", "cluster", "service", "job", "team"];

/** Labels of one silence at most, and characters of a value. */
const MOST = { labels: 6, chars: 300 };

/**
 * The labels that a silence of an alert should name: those of its name and of its object. Where one of the two is
 * missing, the most telling of the others are added: a silence of too few labels matches too much.
 *
 * @param options `by`: the labels that several alerts of one name share; the silence then names these and the name
 */
export function silencedLabels(
  { title, labels }: Pick<Alert, "title" | "labels">,
  rules: WhereRules,
  { by }: { by?: readonly string[] | undefined } = {},
): SilencedLabel[] {
  const usable = Object.entries(labels).filter(([, value]) => value !== "" && value.length <= MOST.chars);
  const names = usable.filter(([name, value]) => NAMES.includes(name) || value === title);
  const shared = by && usable.filter(([name]) => by.includes(name));
  if (shared && names.length + shared.length > 0) return [...new Map([...names, ...shared])];
  const objects = objectsIn(Object.fromEntries(usable), rules);
  const chosen = [...new Map([...names, ...objects])].slice(0, MOST.labels);
  if (names.length > 0 && objects.length > 0) return chosen;
  const others = usable.filter(([name]) => !chosen.some(([other]) => other === name));
  const lasting = others.filter(([name]) => !FLEETING.test(name));
  const more = chosen.length + lasting.length === 0 ? others : lasting;
  return [...chosen, ...more.toSorted(([a], [b]) => rankOf(a) - rankOf(b))].slice(0, MOST.labels);
}

/** The labels that name the object, whole. */
function objectsIn(labels: Labels, rules: WhereRules): SilencedLabel[] {
  const names = new Set([...whereOf(labels, rules).parts.map(({ name }) => name), FUNCTION]);
  return [...names].flatMap((name): SilencedLabel[] => {
    const value = labelOf(labels, name);
    return value === undefined ? [] : [[name, value]];
  });
}

function rankOf(name: string): number {
  const rank = TELLING.indexOf(name);
  return rank < 0 ? TELLING.length : rank;
}
