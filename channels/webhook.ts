import { defineChannel, z } from "../relay/channel.ts";
import { verdictOn } from "./_webhook/answer.ts";
import { payloadOf } from "./_webhook/payload.ts";
import { signatureHeaders } from "./_webhook/signature.ts";
import { isSecret, keyOf, PREFIX } from "./_webhook/signing_secret.ts";

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
  timeline: z.boolean().default(false).meta({
    title: "Timeline",
    description: "Adds the newest 20 lines of the incident's timeline to a message about one incident.",
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
  timeline: ({ timeline }) => timeline,
  target: { hosts: [], example: "https://hooks.example.com/alerts", read: ({ href }) => ({ url: href }) },
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

/** The operator's headers without those that the channel sets, compared without case. */
function without(headers: Record<string, string> = {}, ours: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !Object.hasOwn(ours, name.toLowerCase())),
  );
}
