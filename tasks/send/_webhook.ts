import { type Options, pairsOf, UsageError } from "../_task.ts";
import type { Context, Example, OptionValues } from "./_dialect.ts";

/** The options of every dialect that posts Alertmanager's webhook. */
export const WEBHOOK_OPTIONS = {
  status: { type: "string", default: "firing" },
  label: { type: "string", multiple: true, default: [] },
  annotation: { type: "string", multiple: true, default: [] },
  count: { type: "string", default: "1" },
} as const satisfies Options;

/** The part of `--help` about them. */
export const WEBHOOK_HELP = `  --status STATUS     firing (default) or resolved
  --label NAME=VALUE  a label, added to those of the example or replacing one; may be given several times
  --annotation NAME=VALUE
                      an annotation; may be given several times
  --count N           send N alerts in one payload; the label instance gets -1 to -N, so that all of them differ`;

/** The end of `--help`. */
export const WEBHOOK_NOTES =
  `The alerts of a second run are the same as those of the first: a firing one folds into the open window,
and a resolved one ends it. Change a label to send a new one.
An alert named HelloFenghuo is a test: its incident ends by itself after five minutes.

The token is FENGHUO_INTAKE_TOKEN, or what the relay's first start kept in data/secrets.json.`;

/** Go's zero time: Alertmanager's end of a firing alert. */
const NO_TIME = "0001-01-01T00:00:00Z";

/** The duration of a resolved example's firing. */
const FIRED_FOR = 5 * 60_000;

/** The most alerts in a payload. */
const MAX_COUNT = 10_000;

/** Alertmanager's webhook, posted to a path of the relay. */
export function webhookTo(path: string, values: OptionValues, { token, now }: Context): Example {
  return postOf(path, webhookPayload(values, now), { token, agent: "Alertmanager/0.28.0" });
}

/** A JSON body, posted to a path of the relay with the intake token. */
export function postOf(
  path: string,
  payload: unknown,
  { token, agent }: { token: string | undefined; agent: string },
): Example {
  const headers: Record<string, string> = { "content-type": "application/json", "user-agent": agent };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  return { path, headers, body: JSON.stringify(payload) };
}

/** An alert of a webhook, as Alertmanager and Grafana send it. */
export interface WebhookAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/** Alertmanager's payload, version 4. @throws UsageError */
export function webhookPayload(
  values: OptionValues,
  now: number,
): Record<string, unknown> & { alerts: readonly WebhookAlert[] } {
  const status = statusOf(values.status as string);
  const count = countOf(values.count as string);
  const labels = {
    alertname: "HelloFenghuo",
    instance: "example",
    job: "send",
    severity: "warning",
    ...pairsOf("label", values.label as string[]),
  };
  const annotations = {
    summary: "The beacon is lit",
    description: "An example that deno task send made",
    ...pairsOf("annotation", values.annotation as string[]),
  };
  const { instance, ...shared } = labels;
  const each = count === 1
    ? [labels]
    : Array.from({ length: count }, (_, index) => ({ ...shared, instance: `${instance}-${index + 1}` }));
  return {
    version: "4",
    groupKey: `{}:{alertname=${JSON.stringify(labels.alertname)}}`,
    truncatedAlerts: 0,
    status,
    receiver: "fenghuo",
    groupLabels: { alertname: labels.alertname },
    commonLabels: count === 1 ? labels : shared,
    commonAnnotations: annotations,
    externalURL: "http://alertmanager.example.com:9093",
    notification_reason: status === "firing" ? "first notification" : "all alerts resolved",
    routeLabels: {},
    alerts: each.map((labels) => ({
      status,
      labels,
      annotations,
      startsAt: new Date(status === "firing" ? now : now - FIRED_FOR).toISOString(),
      endsAt: status === "firing" ? NO_TIME : new Date(now).toISOString(),
      generatorURL: "http://prometheus.example.com:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
      fingerprint: fingerprintOf(labels),
    })),
  };
}

/** The answer of the relay's webhook (`routes/dialects/alertmanager.ts`) in words; `undefined` for any other answer. */
export function webhookAccepted(answer: unknown): string | undefined {
  const { accepted, duplicates, notifications } = Object(answer) as Record<string, unknown>;
  if (typeof accepted !== "number" || typeof duplicates !== "number" || typeof notifications !== "number") {
    return undefined;
  }
  const fresh = accepted - duplicates;
  const silent = fresh - notifications;
  const parts = [
    notifications > fresh
      ? `${fresh} notified by ${notifications} notifications`
      : `${notifications} notified`,
    ...duplicates > 0 ? [`${duplicates} deduplicated within an open window`] : [],
    ...silent > 0
      ? [`${silent} not notified: resolved with nothing open, or its group has no destination`]
      : [],
  ];
  return `Accepted ${accepted} ${accepted === 1 ? "alert" : "alerts"}: ${parts.join(", ")}`;
}

function statusOf(text: string): "firing" | "resolved" {
  if (text === "firing" || text === "resolved") return text;
  throw new UsageError(`--status is "${text}": it must be firing or resolved`);
}

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_COUNT) return count;
  throw new UsageError(`--count is "${text}": it must be a number from 1 to ${MAX_COUNT}`);
}

/** The path of the group in `--group`, if there is one. @throws UsageError */
export function groupPath(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [owner, level, ...rest] = text.split("/");
  if (!owner || !level || rest.length > 0) {
    throw new UsageError(`--group is "${text}": it must be an owner and a level, such as ops/default`);
  }
  return `${encodeURIComponent(owner)}/${encodeURIComponent(level)}`;
}

/**
 * Alertmanager's own fingerprint of labels: 64-bit FNV-1a.
 * Source: https://github.com/prometheus/common/blob/main/model/signature.go
 */
function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const encoder = new TextEncoder();
  let hash = 0xcbf29ce484222325n;
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name]!]) {
      encoder.encode(text).forEach(add);
      add(0xff);
    }
  }
  return hash.toString(16).padStart(16, "0");
}
