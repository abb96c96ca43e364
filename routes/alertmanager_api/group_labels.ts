import { labelOf, type Labels } from "../../relay/domain/alert.ts";

/** The labels by which alerts of a group are shown together. */
export function groupLabelsOf(labels: Labels): Labels {
  const name = labelOf(labels, "alertname");
  return name === undefined ? {} : { alertname: name };
}
