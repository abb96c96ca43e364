import { formatMatcher } from "../../relay/domain/matcher.ts";
import type { Labels } from "../../relay/domain/alert.ts";

/** The longest search that the log accepts. */
const SEARCH_CHARS = 200;

/** A label that leads to a list filtered by it. */
export interface LabelChip {
  readonly name: string;
  readonly value: string;
  readonly href: string;
}

/** The labels of an alert as links to the incidents, or to the alerts of the log, with the same label. */
export function labelChips(labels: Labels, list: "/incidents" | "/alerts"): LabelChip[] {
  return Object.entries(labels).map(([name, value]) => {
    const search = list === "/incidents"
      ? { matchers: formatMatcher({ name, operator: "=", value }) }
      : { q: `${name}=${value}`.slice(0, SEARCH_CHARS) };
    return { name, value, href: `${list}?${new URLSearchParams(search)}` };
  });
}
