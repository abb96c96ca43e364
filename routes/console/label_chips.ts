import type { Labels } from "../../relay/domain/alert.ts";

/** The longest search that a list takes. */
const SEARCH_CHARS = 200;

/** A label that leads to a list filtered by it. */
export interface LabelChip {
  readonly name: string;
  readonly value: string;
  readonly href: string;
}

/** The labels of an alert as links to a list; `parameter`: of the list's search. */
export function labelChips(labels: Labels, list: string, parameter: string): LabelChip[] {
  return Object.entries(labels).map(([name, value]) => ({
    name,
    value,
    href: `${list}?${new URLSearchParams({ [parameter]: `${name}=${value}`.slice(0, SEARCH_CHARS) })}`,
  }));
}
