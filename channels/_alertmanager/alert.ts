import type { Labels, MessageAlert } from "../../relay/channel.ts";

/** The part of the config that determines an alert's content. */
interface AlertOptions {
  readonly labels: Labels;
  readonly repeat_seconds: number;
}

/**
 * The number of missed repeats before an alert ends, by default as many as fit Alertmanager's own `resolve_timeout`.
 */
const MISSING = 5;

/** An alert of Alertmanager's API v2. */
export interface ApiAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt?: string | undefined;
  readonly endsAt: string;
  readonly generatorURL?: string | undefined;
}

/** An alert in full. */
export function alertOf(alert: MessageAlert, config: AlertOptions, now: number): ApiAlert {
  return {
    ...bareOf(alert, config, now),
    annotations: annotationsOf(alert),
    generatorURL: alert.links.find(({ kind }) => kind === "source")?.url,
  };
}

/** An alert without annotations and link. Its labels identify the alert; its end marks it as resolved. */
export function bareOf(alert: MessageAlert, { labels, repeat_seconds }: AlertOptions, now: number): ApiAlert {
  const { status } = alert;
  const startsAt = alert.startsAt === null ? undefined : Math.min(alert.startsAt, now);
  const endsAt = status === "firing"
    ? now + MISSING * repeat_seconds * 1_000
    : Math.min(Math.max(alert.endsAt ?? now, startsAt ?? 0), now);
  return {
    labels: labelsOf(alert, labels),
    startsAt: startsAt === undefined ? undefined : new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  };
}

/** Adds a name and a severity, which routes match on, for an alert without these labels. */
function labelsOf({ title, severity, fingerprint, labels }: MessageAlert, extra: Labels): Labels {
  const all = withSafeNames({ alertname: title, severity, ...extra, ...labels });
  // A changed name could make the labels of two alerts equal, which would merge them.
  const isChanged = Object.keys(labels).some((name) => safeName(name) !== name);
  return isChanged ? { ...all, fenghuo_fingerprint: fingerprint } : all;
}

function annotationsOf({ text, annotations, links }: MessageAlert): Labels {
  const linkOf = (kind: string): string => links.find((link) => link.kind === kind)?.url ?? "";
  const own = ["message", "summary", "description"].some((name) => Object.hasOwn(annotations, name));
  return withSafeNames({
    runbook_url: linkOf("runbook"),
    dashboard_url: linkOf("dashboard"),
    ...own ? {} : { description: text },
    ...annotations,
  });
}

/** Alertmanager treats an empty value as a missing label. */
function withSafeNames(labels: Labels): Labels {
  const filled = Object.entries(labels).filter(([, value]) => value !== "");
  return Object.fromEntries(filled.map(([name, value]) => [safeName(name), value.toWellFormed()]));
}

/** Before version 0.27, Alertmanager refuses any other character. */
function safeName(name: string): string {
  return name.replace(/\W/g, "_").replace(/^(?=\d|$)/, "_");
}
