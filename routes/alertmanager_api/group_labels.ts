import type { Labels } from "../../relay/domain/alert.ts";
import { type Grouping, groupLabels } from "../../relay/domain/grouping.ts";

/** The labels that group alerts if their group has no grouping. */
const BY_NAME: Pick<Grouping, "by"> = { by: ["alertname"] };

/** The labels by which an alert of a group is shown together with others. */
export function groupLabelsOf(labels: Labels, grouping: Pick<Grouping, "by"> = BY_NAME): Labels {
  return Object.fromEntries(
    Object.entries(groupLabels(grouping, labels)).filter(([, value]) => value !== ""),
  );
}
