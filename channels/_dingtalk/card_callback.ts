/**
 * The callback of a card's button, and its signature: https://open.dingtalk.com/document/development/event-callback-card
 *
 * @module
 */
import { createHmac } from "node:crypto";
import {
  type CallbackFixture,
  type CallbackParts,
  type CallbackReading,
  type CallbackRequest,
  sameSecret,
} from "../../relay/channel.ts";
import { fieldsIn, fieldsOf } from "../_answers/json.ts";
import { isStale, STALE } from "../_callback/call_time.ts";

/**
 * Read a call. DingTalk signs the time alone; the button's code contains its action, and the relay has signed this
 * code.
 *
 * @param secret The `apiSecret` with which the address was registered
 */
export function readCardCall(
  secret: string,
  { headers, json }: CallbackRequest,
  { now }: { now: number },
): CallbackReading {
  const time = headers.get("x-ddpaas-signature-timestamp") ?? "";
  const signature = headers.get("x-ddpaas-signature") ?? "";
  if (!sameSecret(signature, signatureOf(time, secret))) {
    return { refused: "the signature is wrong: check the callback secret" };
  }
  if (isStale(Number(time), now)) return STALE;
  const { type, userId, outTrackId, content } = fieldsOf(json);
  const { params } = fieldsOf(fieldsIn(String(content)).cardPrivateData);
  const { code } = fieldsOf(params);
  if (type !== "actionCallback" || typeof code !== "string" || typeof userId !== "string") {
    return { answer: { json: {} } };
  }
  return {
    actions: [{ code }],
    user: { ids: [userId] },
    once: [time, userId, String(outTrackId), code].join(" "),
    // Only the person who pressed the button sees their private data. The card itself changes with the incident.
    answer: ({ kind, text }) => ({
      json: {
        cardUpdateOptions: { updateCardDataByKey: true, updatePrivateDataByKey: true },
        userPrivateData: { cardParamMap: { notice: kind === "done" ? "" : text } },
      },
    }),
  };
}

function signatureOf(time: string, secret: string): string {
  return createHmac("sha256", secret).update(time).digest("base64");
}

/** DingTalk's call when a button with the parameter `code` is pressed. */
export function cardCall(
  { code, userId, outTrackId }: { code: string; userId: string; outTrackId: string },
  { secret, now }: { secret: string; now: number },
): CallbackParts {
  const content = { cardPrivateData: { actionIds: ["1"], params: { code } } };
  return {
    headers: {
      "content-type": "application/json",
      "x-ddpaas-signature-timestamp": String(now),
      "x-ddpaas-signature": signatureOf(String(now), secret),
    },
    body: JSON.stringify({
      type: "actionCallback",
      outTrackId,
      corpId: "ding1",
      userId,
      userIdType: 1,
      content: JSON.stringify(content),
    }),
  };
}

/** A call for fixtures. Its signature does not cover its body. */
export const PRESSED: CallbackFixture<{ readonly callbackSecret?: string | undefined }> = {
  about: "a button is pressed",
  request: ({ callbackSecret: secret = "" }, { code, now, id }) =>
    cardCall({ code, userId: "user1", outTrackId: id }, { secret, now }),
  reads: "code",
  user: "user1",
  unsigned: true,
};
