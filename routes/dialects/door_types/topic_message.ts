/**
 * Messages of a cloud's notification service: signed by the vendor's certificate, from a topic that the door names. A
 * subscription is confirmed at the vendor, and its end is an alert.
 *
 * @module
 */
import { z } from "zod";
import { DAY, HOUR } from "../../../relay/base/duration.ts";
import { readInstant } from "../../../relay/base/instant.ts";
import { nodeCrypto } from "../../../relay/base/node_crypto.ts";
import { cut, oneLine } from "../../../relay/base/text.ts";
import { isNamedTopic } from "../../../relay/config/mod.ts";
import { type GetText, isAllowed } from "../../../relay/delivery/get_text.ts";
import type { IncomingAlert } from "../../../relay/domain/alert.ts";
import { RequestError } from "../../http/errors.ts";
import type { Certificates } from "./certificates.ts";
import type { OpenedRequest } from "./door_type.ts";

/** Access to the vendor, for a door's type. */
export interface VendorTools {
  readonly getText: GetText;
  readonly certificates: Certificates;
  /** The name of the door. */
  readonly door: string;
}

const KINDS = ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"] as const;

/** The kinds of messages, which all vendors name alike. */
export type MessageKind = typeof KINDS[number];

/**
 * A field of one line. All fields except the message must have one line, because the signed text joins the fields by
 * line breaks: the author of a message could otherwise move its parts into other fields.
 */
export const line: z.ZodType<string> = z.string().refine((text) => !/[\r\n]/.test(text), {
  error: "a text without line breaks is needed",
});

/** The kind of a message. */
export const kind: z.ZodType<MessageKind> = z.enum(KINDS, { error: `one of ${KINDS.join(", ")} is needed` });

/** The text that is signed: the name and the value of each field that the message has. */
export function signedText(fields: readonly string[], message: Readonly<Record<string, unknown>>): string {
  return fields.flatMap((name) => message[name] ? [`${name}\n${message[name]}\n`] : []).join("");
}

/** A message in terms that all vendors share. */
export interface TopicMessage {
  readonly kind: MessageKind;
  readonly id: string;
  readonly topic: string;
  readonly time: string;
  readonly signature: string;
  readonly digest: "sha1" | "sha256";
  readonly signed: string;
  readonly certificateUrl: string;
  /** Confirms the subscription; only of a confirmation. */
  readonly subscribeUrl: string;
  /** The value that the mapping reads. */
  readonly payload: unknown;
}

/** The addresses of a vendor. */
export interface TopicVendor {
  readonly title: string;
  readonly certificate: { readonly hosts: RegExp; readonly path: RegExp };
  readonly confirmation: { readonly hosts: RegExp; isFor(url: URL, topic: string): boolean };
}

/** Vendors retry for at most an hour. Messages are remembered for three days, so every replay of a day is recognised. */
const MAX_AGE = DAY;

/** The largest lead of a vendor's clock. */
const SKEW = HOUR;

/** Proves a message and opens it. @throws RequestError 401, 403, 422, 503 */
export async function openTopicMessage(
  message: TopicMessage,
  { vendor, topics, now, tools }: {
    vendor: TopicVendor;
    topics: readonly string[];
    now: number;
    tools: VendorTools;
  },
): Promise<OpenedRequest> {
  const { kind, id, topic } = message;
  if (!topics.some((one) => isNamedTopic(topic, one))) {
    const shown = cut(oneLine(topic), { chars: 200 });
    throw new RequestError(403, `The topic ${shown} is not the door's: add it to the door's topics`);
  }
  requireRecent(message.time, now);
  await requireSignature(message, { vendor, now, tools });
  if (kind === "Notification") return { payload: message.payload, once: id };
  return {
    once: id,
    alerts: async () => {
      if (kind === "SubscriptionConfirmation") await confirm(message, vendor, tools.getText);
      return [subscriptionAlert(topic, { door: tools.door, isOver: kind === "UnsubscribeConfirmation" })];
    },
  };
}

function requireRecent(time: string, now: number): void {
  const sentAt = readInstant(time, { timezone: "UTC" });
  if (sentAt !== undefined && sentAt > now - MAX_AGE && sentAt < now + SKEW) return;
  throw new RequestError(
    401,
    `The message is from ${cut(oneLine(time), { chars: 40 })}: only messages of the last day are accepted`,
  );
}

async function requireSignature(
  { signature, digest, signed, certificateUrl }: TopicMessage,
  { vendor, now, tools }: { vendor: TopicVendor; now: number; tools: VendorTools },
): Promise<void> {
  const { hosts, path } = vendor.certificate;
  const url = URL.parse(certificateUrl);
  if (url === null || !isAllowed(url, hosts) || !path.test(url.pathname) || url.search !== "") {
    throw new RequestError(401, `The signing certificate is not at an address of ${vendor.title}`);
  }
  const key = await tools.certificates.publicKey(url.href, { hosts, now });
  const bytes = bytesOf(signature);
  if (bytes === undefined || !nodeCrypto().verify(digest, new TextEncoder().encode(signed), key, bytes)) {
    throw new RequestError(401, `The signature is not ${vendor.title}'s`);
  }
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
}

/** @throws RequestError 422 when the vendor refuses · 503 when it does not answer */
async function confirm(
  { subscribeUrl, topic }: TopicMessage,
  { title, confirmation: { hosts, isFor } }: TopicVendor,
  getText: GetText,
): Promise<void> {
  const url = URL.parse(subscribeUrl);
  if (url === null || !isAllowed(url, hosts) || !isFor(url, topic)) {
    throw new RequestError(422, `The subscription's address is not one of ${title} for this topic`);
  }
  const answer = await getText(url.href, hosts);
  if ("status" in answer && answer.status >= 200 && answer.status < 300) return;
  const because = "because" in answer ? answer.because : `${title} answers ${answer.status}`;
  const isLasting = "status" in answer && answer.status < 500 && answer.status !== 429;
  throw new RequestError(isLasting ? 422 : 503, `Cannot confirm the subscription to ${topic}: ${because}`);
}

/** The end of a subscription is an alert: every message contains a link that ends it. */
function subscriptionAlert(
  topic: string,
  { door, isOver }: { door: string; isOver: boolean },
): IncomingAlert {
  const title = `Subscription of the door ${door} has ended`;
  return {
    identity: { subscription: topic },
    alert: {
      dialect: door,
      status: isOver ? "firing" : "resolved",
      severity: "warning",
      title,
      text: isOver
        ? `${topic} sends nothing to this door any more: subscribe it again`
        : `${topic} sends to this door`,
      labels: { alertname: title, severity: "warning", origin: door, topic },
      annotations: {},
      startsAt: null,
      endsAt: null,
      links: [],
    },
  };
}
