import {
  type ChannelResponse,
  defineChannel,
  delivered,
  type Message,
  type MessageAlert,
  refused,
  retry,
  retryAfter,
  throttled,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { signatureHeaders } from "./_webhook/signature.ts";

/** What stands before the base64 of a Standard Webhooks secret. */
const PREFIX = "whsec_";

/** Our choice: the specification gives no figures. */
const DEFAULT_WAIT = 30_000;
const SHORTEST_WAIT = 1_000;

const config = z.object({
  url: z.url({ protocol: /^https?$/ }).meta({
    title: "Address",
    description: "Where the alerts are posted to, as JSON. Treated as a secret, because it often holds one.",
    secret: true,
  }),
  secret: z.string().refine(isSecret, `must be ${PREFIX} and base64`).optional().meta({
    title: "Signing secret",
    description: `${PREFIX} and base64: each request is then signed as Standard Webhooks has it.`,
    secret: true,
  }),
  headers: z.record(
    z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "must be the name of a header"),
    z.string().regex(/^[\t\x20-\x7e]*$/, "must be the value of a header: ASCII, on one line").meta({
      title: "Value",
      secret: true,
    }),
  ).optional().meta({
    title: "Headers",
    description: "Sent with each request, such as Authorization.",
    secret: true,
  }),
});

export default defineChannel({
  name: "webhook",
  title: "Webhook",
  docs: "https://www.standardwebhooks.com",
  config,
  limits: { bodyBytes: 10_000, parallel: 16 }, // the specification asks for less than 20 KB in all
  combine: "waiting",
  digest: false, // a program reads it
  target: { hosts: [], read: ({ href }) => ({ url: href }) },
  request: async (config, message, { now }) => {
    const body = JSON.stringify(payloadOf(message, now)); // as text: what is signed is what is sent
    const ours = {
      "content-type": "application/json",
      ...await signatureHeaders(
        { id: message.id, now, body },
        config.secret === undefined ? undefined : keyOf(config.secret),
      ),
    };
    return { url: config.url, headers: { ...without(config.headers, ours), ...ours }, body };
  },
  verdict: verdictOn,
  honestStatus: true, // the specification
  fixtures: {
    accepted: [{ status: 200 }, { status: 204 }],
    throttled: [{ status: 429, headers: { "retry-after": "7" }, waitMs: 7_000 }],
    refused: [
      { about: "the receiver wants no more", status: 410, what: "config" },
      { status: 401, what: "config" },
      { status: 400, what: "payload" },
    ],
    retried: [{ status: 502 }, { status: 504 }, { status: 302, headers: { location: "/login" } }],
  },
  sample: {
    url: "https://hooks.example.com/alerts?token=A0/+=&%23cd",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: { "Authorization": "Bearer A0/+=&%23 ef" },
  },
});

/** What is posted. A program reads it, so times are ISO 8601 in UTC and every alert is there in full. */
function payloadOf(message: Message, now: number): unknown {
  return {
    type: `alert.${message.status}`,
    timestamp: new Date(now).toISOString(),
    data: {
      delivery: message.id,
      group: message.group,
      reason: message.reason,
      title: message.title,
      text: message.body,
      by: message.by,
      note: message.remark,
      handling: message.handling && handlingOf(message.handling),
      alerts: message.alerts.map(alertOf),
    },
  };
}

/** The handling of the incident, with ISO 8601 times. */
function handlingOf({ by, since, until, snoozed, note }: NonNullable<Message["handling"]>): unknown {
  return { by, since: isoOf(since), until: until === undefined ? undefined : isoOf(until), snoozed, note };
}

function alertOf(alert: MessageAlert): unknown {
  return {
    id: alert.id,
    fingerprint: alert.fingerprint,
    reason: alert.reason,
    status: alert.status,
    severity: alert.severity,
    title: alert.title,
    text: alert.text,
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: isoOf(alert.startsAt),
    endsAt: isoOf(alert.endsAt),
    resent: alert.resent,
    links: alert.links,
  };
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** The operator's headers without those that the channel sets, in any case. */
function without(headers: Record<string, string> = {}, ours: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !Object.hasOwn(ours, name.toLowerCase())),
  );
}

function keyOf(secret: string): Uint8Array {
  return Uint8Array.fromBase64(secret.slice(PREFIX.length));
}

function isSecret(text: string): boolean {
  try {
    const key = keyOf(text);
    return key.length > 0 && text === PREFIX + key.toBase64();
  } catch {
    return false;
  }
}

/** What the specification asks of a sender, where it is more than the status says by itself. */
function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const { status } = response; // its headers are made when they are asked for
  const words = `HTTP ${status}`;
  if (status >= 200 && status < 300) return delivered(words);
  if (status === 410) return refused("config", `${words}: the receiver wants no more`);
  if (status === 429) return throttled(words, { waitMs: waitOf(response, now) });
  // The specification wants a pause, too; but a receiver that is gone for days must be noticed behind its gateway.
  if (status === 502) return retry(words, { waitMs: waitOf(response, now) });
  // The gateway handed it over, and had no answer.
  if (status === 504) return retry(words, { waitMs: waitOf(response, now), handedOver: true });
  if (status >= 300 && status < 400) return retry(`${words}: redirects are not followed`);
  return undefined;
}

/** How long `Retry-After` asks to wait. */
function waitOf({ headers }: ChannelResponse, now: number): number {
  return Math.max(retryAfter(headers, { now }) ?? DEFAULT_WAIT, SHORTEST_WAIT);
}
