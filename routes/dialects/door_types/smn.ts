import { z } from "zod";
import type { DoorType } from "../../../relay/config/mod.ts";
import { parseJson } from "../../http/body.ts";
import { decodeText } from "../../http/charset.ts";
import { parsePayload } from "../webhook_fields.ts";
import type { OpenedRequest, SentRequest } from "./door_type.ts";
import {
  kind,
  line,
  type MessageKind,
  openTopicMessage,
  signedText,
  type TopicVendor,
  type VendorTools,
} from "./topic_message.ts";

/** Source: https://support.huaweicloud.com/intl/en-us/usermanual-smn/smn_ug_a9003.html */
const SMN: TopicVendor = {
  title: "SMN",
  certificate: {
    hosts: /^smn\.[a-z0-9-]{1,40}\.myhuaweicloud\.(?:com|eu)$/,
    path: /^\/smn\/SMN_[\w-]+\.pem$/,
  },
  confirmation: {
    // console.huaweicloud.com, sa-brazil-1-console.huaweicloud.com, console-intl.huaweicloud.com …
    hosts: /^(?:[a-z0-9-]{1,40}-)?console(?:-intl)?(?:\.eu)?\.huaweicloud\.com$/,
    isFor: ({ pathname, searchParams }, topic) =>
      pathname === "/smn/subscription/confirm" && searchParams.get("topic_urn") === topic,
  },
};

/** Source: https://support.huaweicloud.com/intl/en-us/usermanual-smn/smn_ug_a9002.html */
const envelope = z.object({
  type: kind,
  message_id: line,
  topic_urn: line,
  subject: z.nullish(line),
  message: z.string(),
  timestamp: line,
  signature_version: z.string().regex(/^v1$/i, { error: "v1 is needed" }),
  signature: z.string(),
  signing_cert_url: line,
  subscribe_url: z.nullish(line),
});

/** The signed fields, sorted. One that is missing or empty is left out. */
const SIGNED: Readonly<Record<MessageKind, readonly (keyof z.output<typeof envelope>)[]>> = {
  Notification: ["message", "message_id", "subject", "timestamp", "topic_urn", "type"],
  SubscriptionConfirmation: ["message", "message_id", "subscribe_url", "timestamp", "topic_urn", "type"],
  UnsubscribeConfirmation: ["message", "message_id", "subscribe_url", "timestamp", "topic_urn", "type"],
};

/** A message of Huawei Cloud's SMN, signed with RSA and SHA-256. @throws RequestError 400, 401, 403, 422, 503 */
export async function openSmn(
  { body, now }: SentRequest,
  { topics }: Extract<DoorType, { name: "smn" }>,
  tools: VendorTools,
): Promise<OpenedRequest> {
  const payload = parseJson(decodeText(body, ""));
  const message = parsePayload(envelope, payload);
  return await openTopicMessage({
    kind: message.type,
    id: message.message_id,
    topic: message.topic_urn,
    time: message.timestamp,
    signature: message.signature,
    digest: "sha256",
    signed: signedText(SIGNED[message.type], message),
    certificateUrl: message.signing_cert_url,
    subscribeUrl: message.subscribe_url ?? "",
    payload,
  }, { vendor: SMN, topics, now, tools });
}
