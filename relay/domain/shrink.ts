import type { Alert, Authored, Labels } from "./alert.ts";
import { defined } from "../base/defined.ts";
import { cut, jsonBytes, utf8Bytes } from "../base/text.ts";

/** Bytes of one alert in the log as JSON, at most. */
export const ALERT_BYTES = 20_000;

/** Bytes of each name, value and text, from generous to strict, until the whole fits. */
const STEPS = [4_000, 1_000, 250, 60];

/** Labels beyond this number are dropped before anything is cut. */
const MAX_LABELS = 1_000;

/** The numbers of labels that remain when even short ones do not fit, from most to least. */
const LABEL_STEPS = [60, 30, 10];

/** People that one message mentions, at most, by either kind of handle. */
const MAX_MENTIONED = 50;

/** A vendor's own message may be this many times as long as a text of the same alert. */
const CONTENT_SHARE = 3;

/** The number of links that remain then. */
const MAX_LINKS = 4;

/**
 * The alert shortened to fit the log. No alert is refused for its size: long texts are cut between characters, with a visible
 * mark. The fingerprint and the rules use the whole alert.
 */
export function shrink(alert: Alert): Alert {
  if (fits(alert)) return alert;
  const few = withLabels(alert, MAX_LABELS);
  for (const bytes of STEPS) {
    const shorter = cutTo(few, bytes);
    if (fits(shorter)) return shorter;
  }
  const links = alert.links.slice(0, MAX_LINKS);
  const least = LABEL_STEPS.map((most) => cutTo({ ...withLabels(alert, most), links }, STEPS.at(-1)!));
  return least.find(fits) ?? least.at(-1)!;
}

/** Measures all fields: a field left out here could exceed the log's page. */
function fits(alert: Alert): boolean {
  const json = JSON.stringify(alert);
  // A UTF-16 unit takes at most three bytes, so only large alerts need the exact size.
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
    // A cut link would be broken, so a long one is dropped.
    links: alert.links.filter((link) => jsonBytes(link.url) <= Math.max(bytes, 2_000))
      .map((link) => link.title === undefined ? link : { ...link, title: short(link.title) }),
    ...defined({
      severityText: severityText === undefined ? undefined : short(severityText),
      authored: authored && cutAuthored(authored, bytes),
      origin: origin?.receiver === undefined ? origin : { ...origin, receiver: short(origin.receiver) },
    }),
  };
}

/** A cut URL, handle or JSON would be useless, so a long one is dropped. */
function cutAuthored({ picture, content, mentions, ...authored }: Authored, bytes: number): Authored {
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
      content: content !== undefined && jsonBytes(content) <= CONTENT_SHARE * bytes ? content : undefined,
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

/** The first labels, and the number of dropped ones. */
function fewer(labels: Labels, most: number): Labels {
  const names = Object.keys(labels);
  if (names.length <= most) return labels;
  const first = names.slice(0, most).map((name) => [name, labels[name]!]);
  return Object.fromEntries([...first, ["…", `+${names.length - most}`]]);
}
