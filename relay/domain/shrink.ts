import type { Alert, Authored, Labels } from "./alert.ts";
import { defined } from "../base/defined.ts";
import { cut, jsonBytes, utf8Bytes } from "../base/text.ts";

/** What one alert may take in the log, as JSON: with a page that is almost full it still fits a value of 64 KiB. */
export const ALERT_BYTES = 20_000;

/** Bytes of each name, value and text, from generous to strict, until the whole fits. */
const STEPS = [4_000, 1_000, 250, 60];

/** Labels beyond this number are dropped before anything is cut. */
const MAX_LABELS = 1_000;

/** How many labels are left when even short ones do not fit, from most to least. */
const KEPT_LABELS = [60, 30, 10];

/** People that one message mentions, at most, by either kind of handle. */
const MAX_MENTIONED = 50;

/** How many links are left then. */
const KEPT_LINKS = 4;

/**
 * The alert, cut to what the log takes. Nothing is refused for its size: what is too long is cut at a character with a
 * visible mark. The fingerprint and the rules have seen the whole.
 */
export function shrink(alert: Alert): Alert {
  if (fits(alert)) return alert;
  const few = withLabels(alert, MAX_LABELS);
  for (const bytes of STEPS) {
    const shorter = cutTo(few, bytes);
    if (fits(shorter)) return shorter;
  }
  const links = alert.links.slice(0, KEPT_LINKS);
  const least = KEPT_LABELS.map((most) => cutTo({ ...withLabels(alert, most), links }, STEPS.at(-1)!));
  return least.find(fits) ?? least.at(-1)!;
}

/** All fields count: one that is not measured here could outgrow the log's page. */
function fits(alert: Alert): boolean {
  const json = JSON.stringify(alert);
  // A UTF-16 unit takes at most three bytes: the exact size is needed for large alerts only.
  return json.length * 3 < ALERT_BYTES || utf8Bytes(json) < ALERT_BYTES;
}

function cutTo(alert: Alert, bytes: number): Alert {
  const short = (text: string): string => cut(text, { bytes, measure: jsonBytes });
  const { severityText, authored, origin } = alert;
  return {
    ...alert,
    title: short(alert.title),
    text: short(alert.text),
    labels: cutLabels(alert.labels, short),
    annotations: cutLabels(alert.annotations, short),
    // A link that was cut leads nowhere.
    links: alert.links.filter((link) => jsonBytes(link.url) <= Math.max(bytes, 2_000))
      .map((link) => link.title === undefined ? link : { ...link, title: short(link.title) }),
    ...defined({
      severityText: severityText === undefined ? undefined : short(severityText),
      authored: authored && cutAuthored(authored, bytes),
      origin: origin?.receiver === undefined ? origin : { ...origin, receiver: short(origin.receiver) },
    }),
  };
}

/** A picture's URL or a handle is of no use when it is cut, so a long one is dropped. */
function cutAuthored({ picture, mentions, ...authored }: Authored, bytes: number): Authored {
  const whole = (handles: readonly string[]): string[] =>
    handles.filter((handle) => jsonBytes(handle) <= 100);
  const mentioned = mentions && {
    mobiles: whole(mentions.mobiles).slice(0, MAX_MENTIONED),
    users: whole(mentions.users).slice(0, MAX_MENTIONED),
    all: mentions.all,
  };
  return {
    ...authored,
    ...defined({
      picture: picture !== undefined && jsonBytes(picture) <= Math.max(bytes, 2_000) ? picture : undefined,
      mentions: mentioned,
    }),
  };
}

function cutLabels(labels: Labels, short: (text: string) => string): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [short(name), short(value)]));
}

function withLabels(alert: Alert, most: number): Alert {
  return { ...alert, labels: fewer(alert.labels, most), annotations: fewer(alert.annotations, most) };
}

/** The first labels, and how many were dropped. */
function fewer(labels: Labels, most: number): Labels {
  const names = Object.keys(labels);
  if (names.length <= most) return labels;
  const kept = names.slice(0, most).map((name) => [name, labels[name]!]);
  return Object.fromEntries([...kept, ["…", `+${names.length - most}`]]);
}
