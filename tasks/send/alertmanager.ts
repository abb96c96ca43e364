import { type Context, type Example, type SendDialect, UsageError, type Values } from "./_dialect.ts";

const HELP = `deno task send alertmanager [options]

Sends alerts as Alertmanager's webhook (version 4) does, and prints what the relay made of them.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
  --status STATUS     firing (default) or resolved
  --label NAME=VALUE  a label, instead of or beside those of the example; may be given several times
  --annotation NAME=VALUE
                      an annotation; may be given several times
  --group OWNER/LEVEL tell this group, whatever the rules say
  --count N           send N alerts in one payload; the label instance gets -1 to -N, so none folds another

The alerts of a second run are the same as those of the first: a firing one folds into the open window,
and a resolved one ends it. Change a label to send a new one.

The token is FENGHUO_INTAKE_TOKEN, or what the relay's first start kept in data/secrets.json.`;

/** Go's zero time: what Alertmanager sends as the end of an alert that fires. */
const NO_TIME = "0001-01-01T00:00:00Z";

/** How long a resolved example was firing. */
const FIRED_FOR = 5 * 60_000;

/** A payload with more would only be slower to read. */
const MOST = 10_000;

const dialect: SendDialect = {
  title: "Alertmanager's webhook, version 4",
  help: HELP,
  options: {
    status: { type: "string", default: "firing" },
    label: { type: "string", multiple: true, default: [] },
    annotation: { type: "string", multiple: true, default: [] },
    group: { type: "string" },
    count: { type: "string", default: "1" },
  },
  example,
  accepted,
};

export default dialect;

function example(values: Values, { token, now }: Context): Example {
  const group = groupPath(values.group as string | undefined);
  return {
    path: group === undefined ? "webhook" : `webhook/${group}`,
    headers: {
      "content-type": "application/json",
      "user-agent": "Alertmanager/0.28.0",
      ...token === undefined ? {} : { authorization: `Bearer ${token}` },
    },
    body: JSON.stringify(payloadOf(values, now)),
  };
}

function payloadOf(values: Values, now: number): unknown {
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

/** What the relay answered, in words; see the webhook's answer in `routes/alertmanager.ts`. */
function accepted(answer: unknown): string | undefined {
  const { accepted, duplicates, notifications } = Object(answer) as Record<string, unknown>;
  if (typeof accepted !== "number" || typeof duplicates !== "number" || typeof notifications !== "number") {
    return undefined;
  }
  const fresh = accepted - duplicates;
  const silent = fresh - notifications;
  const parts = [
    notifications > fresh ? `${fresh} told in ${notifications} notifications` : `${notifications} told`,
    ...duplicates > 0 ? [`${duplicates} folded into an open window`] : [],
    ...silent > 0 ? [`${silent} not told: resolved with nothing open, or its group has no destination`] : [],
  ];
  return `Accepted ${accepted} ${accepted === 1 ? "alert" : "alerts"}: ${parts.join(", ")}`;
}

function statusOf(text: string): "firing" | "resolved" {
  if (text === "firing" || text === "resolved") return text;
  throw new UsageError(`--status is "${text}": it must be firing or resolved`);
}

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST) return count;
  throw new UsageError(`--count is "${text}": it must be a number from 1 to ${MOST}`);
}

function groupPath(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [owner, level, ...rest] = text.split("/");
  if (!owner || !level || rest.length > 0) {
    throw new UsageError(`--group is "${text}": it must be an owner and a level, such as ops/default`);
  }
  return `${encodeURIComponent(owner)}/${encodeURIComponent(level)}`;
}

function pairsOf(option: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new UsageError(`--${option} is "${text}": it must be a name and a value: name=value`);
    }
    return [text.slice(0, equals), text.slice(equals + 1)];
  }));
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
