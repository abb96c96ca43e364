import { z } from "zod";
import type { DoorType } from "../../../relay/config/mod.ts";
import { parseJson } from "../../http/body.ts";
import { decodeText } from "../../http/charset.ts";
import { RequestError } from "../../http/errors.ts";
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

const HOSTS = /^sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?$/;

/** Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
const SNS: TopicVendor = {
  title: "SNS",
  certificate: { hosts: HOSTS, path: /^\/SimpleNotificationService-[0-9a-f]+\.pem$/ },
  confirmation: {
    hosts: HOSTS,
    isFor: ({ pathname, searchParams }, topic) =>
      pathname === "/" && searchParams.get("Action") === "ConfirmSubscription" &&
      searchParams.get("TopicArn") === topic,
  },
};

/** Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const envelope = z.object({
  Type: kind,
  MessageId: line,
  TopicArn: line,
  Subject: z.nullish(line),
  Message: z.string(),
  Timestamp: line,
  SignatureVersion: z.enum(["1", "2"], { error: "1 or 2 is needed" }),
  Signature: z.string(),
  SigningCertURL: line,
  SubscribeURL: z.nullish(line),
  Token: z.nullish(line),
});

/** The signed fields, sorted. A field that a message lacks is left out. */
const SIGNED: Readonly<Record<MessageKind, readonly (keyof z.output<typeof envelope>)[]>> = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: [
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
  ],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
};

/** A message of Amazon SNS, whose content type is text/plain. @throws RequestError 400, 401, 403, 422, 503 */
export async function openSns(
  { headers, body, now }: SentRequest,
  { topics }: Extract<DoorType, { name: "sns" }>,
  tools: VendorTools,
): Promise<OpenedRequest> {
  if (headers.get("x-amz-sns-rawdelivery")?.toLowerCase() === "true") {
    throw new RequestError(
      401,
      "A raw message is not signed: turn raw message delivery off for the subscription",
    );
  }
  const payload = parseJson(decodeText(body, ""));
  const message = parsePayload(envelope, payload);
  return await openTopicMessage({
    kind: message.Type,
    id: message.MessageId,
    topic: message.TopicArn,
    time: message.Timestamp,
    signature: message.Signature,
    digest: message.SignatureVersion === "1" ? "sha1" : "sha256",
    signed: signedText(SIGNED[message.Type], message),
    certificateUrl: message.SigningCertURL,
    subscribeUrl: message.SubscribeURL ?? "",
    payload,
  }, { vendor: SNS, topics, now, tools });
}
