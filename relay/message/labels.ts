/**
 * Selects the labels of an alert that people see.
 *
 * @module
 */
import { labelOf, type Labels } from "../domain/alert.ts";
import {
  BUILT_IN,
  compileWhere,
  DEFAULT_WHERE_LABELS,
  isExportersOwn,
  type WhereRules,
} from "../domain/where.ts";

/** The rules for labels: the configuration's `where_labels` and `hide_labels`. */
export interface LabelRules {
  readonly where: WhereRules;
  readonly hidden: {
    readonly names: ReadonlySet<string>;
    readonly prefixes: readonly string[];
  };
}

/** The default of `hide_labels`: labels that do not help to find the fault. A trailing `*` matches any rest. */
export const DEFAULT_HIDE_LABELS: readonly string[] = [
  "alertname",
  "severity",
  "job",
  "prometheus",
  "prometheus_replica",
  "replica",
  "endpoint",
  "metrics_path",
  "uid",
  "service",
  "id",
  "image_id",
  "container_id",
  "pod_template_hash",
  "controller_revision_hash",
  "grafana_folder",
  "ref_id",
  "datasource_uid",
  "rulename",
  "alert_time",
  "alarm_target",
  "alarm_type",
  "alarm_level",
  "alarm_status",
  "alarm_active_at",
  "alarm_id",
  "alarm_template_id",
  "trans_hash",
  "origin",
  "monitor",
  "rule_*",
  "label_*",
  "__*",
];

/** Compiles the configuration's lists; the entry `default` includes the built-in list, which is also the default. */
export function labelRules(
  { where = DEFAULT_WHERE_LABELS, hide = DEFAULT_HIDE_LABELS }: {
    where?: readonly string[] | undefined;
    hide?: readonly string[] | undefined;
  } = {},
): LabelRules {
  const all = hide.flatMap((entry) => entry === BUILT_IN ? DEFAULT_HIDE_LABELS : [entry]);
  const isPrefix = (entry: string): boolean => entry.endsWith("*");
  return {
    where: compileWhere(where),
    hidden: {
      names: new Set(all.filter((entry) => !isPrefix(entry))),
      prefixes: all.filter(isPrefix).map((entry) => entry.slice(0, -1)),
    },
  };
}

/** The rules of the built-in lists. */
export const DEFAULT_LABEL_RULES: LabelRules = labelRules();

/** Whether a label is hidden in every alert. */
export function isHidden(name: string, { hidden }: LabelRules): boolean {
  return hidden.names.has(name) || hidden.prefixes.some((prefix) => name.startsWith(prefix));
}

/** A label and its value. */
export type Pair = readonly [name: string, value: string];

/** The labels that people see, in the sender's order: without noise, and without those of the measuring exporter. */
export function visibleLabels(labels: Labels, rules: LabelRules, where: readonly string[]): Pair[] {
  const exporters = isExportersOwn(labels) ? EXPORTERS_OWN : NONE;
  return Object.entries(labels).filter(([name, value]) =>
    value !== "" && !isHidden(name, rules) && !exporters.has(name) &&
    // If another label names the object, this one is the address of the exporter.
    !(name === "instance" && where.length > 0 && !where.includes(name))
  );
}

const NONE: ReadonlySet<string> = new Set();
const EXPORTERS_OWN: ReadonlySet<string> = new Set(["pod", "namespace", "container", "daemonset"]);

/** The labels that differ between the alerts or that only some have, in order of appearance. */
export function differingLabels(all: readonly Labels[]): string[] {
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return [];
  const names = new Set(Object.keys(first));
  for (const labels of others) {
    for (const name in labels) names.add(name);
  }
  return [...names].filter((name) => {
    const value = labelOf(first, name);
    return others.some((labels) => labelOf(labels, name) !== value);
  });
}
