import { cut, type MessageAlert } from "../../relay/channel.ts";

/** All of https://docs.flashcat.cloud/en/flashduty/custom-alert-integration-guide */
export const LIMITS = {
  title: 512,
  key: 255,
  description: 2_048,
  labels: 50,
  labelName: 128,
  labelValue: 2_048,
};

/** The sender's labels, as many as fit, with names that Prometheus allows. */
export function labelsOf({ labels, links, severityText }: MessageAlert): Record<string, string> {
  const all: [string, string][] = [
    ...Object.entries(labels),
    ...severityText === undefined ? [] : [["severity_text", severityText] as [string, string]],
    ...links.slice(0, 1).map(({ url }): [string, string] => ["link", url]),
  ];
  return Object.fromEntries(
    all.slice(0, LIMITS.labels).map(([name, value]) => [
      name.replace(/\W/g, "_").replace(/^(?=\d)/, "_").slice(0, LIMITS.labelName) || "_",
      cut(value, { chars: LIMITS.labelValue }),
    ]),
  );
}
