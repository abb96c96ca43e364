import type { TestAlert } from "../../kit/relay.ts";

/** An alert of a rule set, as Alertmanager sends it, and its object. */
export interface GoldenAlert extends TestAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The name that the message must contain: of the pod, the node, the volume …; empty without one. */
  readonly object: string;
}

/** A rule's texts for its alerts. */
export interface Rule {
  readonly name: string;
  readonly severity: "critical" | "warning" | "info" | "none";
  readonly summary?: string;
  readonly description?: string;
  /** The page of the runbook. */
  readonly runbook?: string;
}

/** An alert of a rule with its labels. `object` names the label, or the text, that identifies its object. */
export function alertOf(
  { name, severity, summary, description, runbook }: Rule,
  labels: Readonly<Record<string, string>>,
  object: string,
): GoldenAlert {
  return {
    labels: { alertname: name, ...labels, severity },
    annotations: {
      ...description === undefined ? {} : { description },
      ...runbook === undefined ? {} : { runbook_url: runbook },
      ...summary === undefined ? {} : { summary },
    },
    // The address has the whole expression, as Prometheus writes it.
    generatorURL: `http://prometheus-k8s-0:9090/graph?g0.expr=${
      encodeURIComponent(expressionOf(name, labels))
    }&g0.tab=1`,
    object: labels[object] ?? object,
  };
}

function expressionOf(name: string, labels: Readonly<Record<string, string>>): string {
  const matchers = Object.entries(labels).slice(0, 3).map(([label, value]) => `${label}="${value}"`);
  return `max_over_time(${name.toLowerCase()}{${matchers.join(", ")}}[5m]) >= 1`;
}
