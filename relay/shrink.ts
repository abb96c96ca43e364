import type { Alert, Labels } from "./alert.ts";
import { cut, jsonBytes, utf8Bytes } from "./text.ts";

/** What one alert may take in the log, as JSON: with a page that is almost full it still fits a value of 64 KiB. */
export const ALERT_BYTES = 20_000;

/** What each name, value and text may keep, from generous to strict, until the whole fits. */
const STEPS = [4_000, 1_000, 250, 60];

/** Labels that are kept when even short ones are too many. */
const KEPT_LABELS = 60;

/**
 * The alert, cut to what the log takes. Nothing is refused for its size: what is too long is cut at a character with a
 * visible mark. The fingerprint and the rules have seen the whole.
 */
export function shrink(alert: Alert): Alert {
  if (fits(alert)) return alert;
  for (const bytes of STEPS) {
    const shorter = cutTo(alert, bytes);
    if (fits(shorter)) return shorter;
  }
  const shortest = cutTo(alert, STEPS.at(-1)!);
  return {
    ...shortest,
    labels: fewer(shortest.labels),
    annotations: fewer(shortest.annotations),
    links: shortest.links.slice(0, 4),
  };
}

function fits(alert: Alert): boolean {
  // A UTF-16 unit takes six bytes at most in JSON: the exact size is only needed for the large ones.
  return roughUnits(alert) * 6 < ALERT_BYTES || utf8Bytes(JSON.stringify(alert)) < ALERT_BYTES;
}

function roughUnits(alert: Alert): number {
  let units = 200 + alert.title.length + alert.text.length;
  for (const labels of [alert.labels, alert.annotations]) {
    for (const name in labels) units += name.length + labels[name]!.length + 6;
  }
  for (const link of alert.links) units += link.url.length + 30;
  return units;
}

function cutTo(alert: Alert, bytes: number): Alert {
  const short = (text: string): string => cut(text, { bytes, measure: jsonBytes });
  return {
    ...alert,
    ...alert.severityText === undefined ? {} : { severityText: short(alert.severityText) },
    title: short(alert.title),
    text: short(alert.text),
    labels: cutLabels(alert.labels, short),
    annotations: cutLabels(alert.annotations, short),
    // A link that was cut leads nowhere.
    links: alert.links.filter((link) => jsonBytes(link.url) <= Math.max(bytes, 2_000)),
    ...alert.origin?.receiver === undefined
      ? {}
      : { origin: { ...alert.origin, receiver: short(alert.origin.receiver) } },
  };
}

function cutLabels(labels: Labels, short: (text: string) => string): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [short(name), short(value)]));
}

function fewer(labels: Labels): Labels {
  const entries = Object.entries(labels);
  if (entries.length <= KEPT_LABELS) return labels;
  return Object.fromEntries([...entries.slice(0, KEPT_LABELS), ["…", `+${entries.length - KEPT_LABELS}`]]);
}
