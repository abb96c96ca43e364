/**
 * Additional information about an alert: tables of labels and annotations, keyed by labels.
 *
 * @module
 */
import { type Alert, labelOf, type Labels, type Link, type LinkKind } from "./alert.ts";

/** A table: one look-up for each alert. */
export interface Enrichment {
  /** The labels that select a row; an alert without one of them matches none. */
  readonly match: readonly string[];
  /** By {@linkcode rowKey}. */
  readonly rows: ReadonlyMap<string, EnrichmentRow>;
  /** Whether a row replaces the sender's values. */
  readonly override: boolean;
}

/** The additions of a row. */
export interface EnrichmentRow {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** The key of a row, by its values of the labels that find it. */
export function rowKey(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}

/** An alert with the tables' additions; a table also sees the additions of earlier tables. */
export function enriched(alert: Alert, tables: readonly Enrichment[]): Alert {
  let result = alert;
  for (const table of tables) {
    const row = rowFor(result.labels, table);
    if (row) result = withRow(result, row, table);
  }
  return result;
}

/** Labels with the tables' additions, for a trial of rules. */
export function enrichedLabels(labels: Labels, tables: readonly Enrichment[]): Labels {
  return tables.reduce((sum, table) => {
    const row = rowFor(sum, table);
    return row ? merged(sum, row.labels, table) : sum;
  }, labels);
}

function rowFor(labels: Labels, { match, rows }: Enrichment): EnrichmentRow | undefined {
  if (match.length === 1) {
    const value = labelOf(labels, match[0]!);
    return value === undefined ? undefined : rows.get(value);
  }
  const values: string[] = [];
  for (const name of match) {
    const value = labelOf(labels, name);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return rows.get(rowKey(values));
}

function withRow(alert: Alert, { labels, annotations }: EnrichmentRow, table: Enrichment): Alert {
  const notes = merged(alert.annotations, annotations, table);
  return {
    ...alert,
    labels: merged(alert.labels, labels, table),
    annotations: notes,
    links: withLinks(alert.links, annotations, notes),
  };
}

/** An empty value counts as missing, as in matchers. */
function merged(said: Labels, added: Labels, { override }: Pick<Enrichment, "override">): Labels {
  const all: Record<string, string> = { ...said };
  for (const [name, value] of Object.entries(added)) {
    if (override || !labelOf(said, name)) all[name] = value;
  }
  return all;
}

/** The annotations that are links, as Alertmanager's users name them. */
const LINKS: Readonly<Record<string, LinkKind>> = {
  runbook_url: "runbook",
  runbook: "runbook",
  dashboard_url: "dashboard",
  dashboard: "dashboard",
};

function withLinks(links: readonly Link[], added: Labels, annotations: Labels): readonly Link[] {
  let all = links;
  for (const [name, url] of Object.entries(added)) {
    const kind = Object.hasOwn(LINKS, name) ? LINKS[name]! : undefined;
    if (kind === undefined || annotations[name] !== url || !/^https?:\/\//.test(url)) continue;
    all = [...all.filter((link) => link.kind !== kind), { kind, url }];
  }
  return all;
}
