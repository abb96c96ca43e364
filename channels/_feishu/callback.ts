/**
 * The callback of a card's button: https://open.feishu.cn/document/feishu-cards/card-callback-communication, encrypted and
 * signed as in https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import {
  type CallbackFixture,
  type CallbackOutcome,
  type CallbackParts,
  type CallbackReading,
  type CallbackRequest,
  sameSecret,
} from "../../relay/channel.ts";
import { type Fields, fieldsOf } from "../_answers/json.ts";
import { isStale, STALE } from "../_callback/call_time.ts";

/** The part of the config that verifies a callback. */
export interface FeishuCallbackSecrets {
  readonly encryptKey?: string | undefined;
  readonly verificationToken?: string | undefined;
}

/** AES-256-CBC, whose initial vector comes first. */
const IV_BYTES = 16;

/** Read a call: the check of the address, or a button that was pressed. */
export function readCall(
  { encryptKey = "", verificationToken }: FeishuCallbackSecrets,
  { headers, body, json }: CallbackRequest,
  { now }: { now: number },
): CallbackReading {
  const call = opened(fieldsOf(json).encrypt, encryptKey);
  if (call === undefined) {
    return { refused: "the body cannot be decrypted: check the Encrypt Key" };
  }
  const { token = call.token, event_type, event_id } = fieldsOf(call.header);
  if (verificationToken !== undefined && !sameSecret(String(token), verificationToken)) {
    return { refused: "the token is wrong: check the Verification Token" };
  }
  // Feishu does not sign the check of the address: its encryption authenticates it.
  if (call.type === "url_verification") return { answer: { json: { challenge: call.challenge } } };

  const timestamp = headers.get("x-lark-request-timestamp") ?? "";
  const nonce = headers.get("x-lark-request-nonce") ?? "";
  const signature = signatureOf(body, { timestamp, nonce, encryptKey });
  if (!sameSecret(headers.get("x-lark-signature") ?? "", signature)) {
    return { refused: "the signature is wrong: check the Encrypt Key" };
  }
  if (isStale(Number(timestamp) * 1_000, now)) return STALE;
  const { operator, action } = fieldsOf(call.event);
  const { code } = fieldsOf(fieldsOf(action).value);
  const { open_id, user_id } = fieldsOf(operator);
  const ids = [open_id, user_id].filter((id) => typeof id === "string" && id !== "") as string[];
  if (event_type !== "card.action.trigger" || typeof code !== "string" || ids.length === 0) {
    return { answer: { json: {} } };
  }
  return {
    actions: [{ code }],
    user: { ids },
    once: typeof event_id === "string" ? event_id : signature,
    answer: (outcome) => ({ json: { toast: { type: TOASTS[outcome.kind], content: outcome.text } } }),
  };
}

/** The card itself changes with the incident: the answer is only a toast. */
const TOASTS: Readonly<Record<CallbackOutcome["kind"], string>> = {
  done: "success",
  repeated: "info",
  pending: "info",
  refused: "warning",
  failed: "error",
};

function signatureOf(
  body: string,
  { timestamp, nonce, encryptKey }: { timestamp: string; nonce: string; encryptKey: string },
): string {
  return createHash("sha256").update(timestamp + nonce + encryptKey + body).digest("hex");
}

function keyOf(encryptKey: string): Uint8Array {
  return createHash("sha256").update(encryptKey).digest();
}

/** The decrypted body; `undefined` if it is not encrypted with this key. */
function opened(encrypted: unknown, encryptKey: string): Fields | undefined {
  if (typeof encrypted !== "string") return undefined;
  try {
    const bytes = Uint8Array.fromBase64(encrypted);
    const cipher = createDecipheriv("aes-256-cbc", keyOf(encryptKey), bytes.subarray(0, IV_BYTES));
    const text = cipher.update(bytes.subarray(IV_BYTES), undefined, "utf8") + cipher.final("utf8");
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A call as Feishu makes it: encrypted, and signed unless it is the check of the address. */
export function feishuCall(
  content: unknown,
  { encryptKey, now, isSigned = true }: { encryptKey: string; now: number; isSigned?: boolean },
): CallbackParts {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-cbc", keyOf(encryptKey), iv);
  const bytes = [...iv, ...cipher.update(JSON.stringify(content), "utf8"), ...cipher.final()];
  const body = JSON.stringify({ encrypt: new Uint8Array(bytes).toBase64() });
  const timestamp = String(Math.floor(now / 1_000));
  const nonce = iv.toString("hex");
  const signed = {
    "x-lark-request-timestamp": timestamp,
    "x-lark-request-nonce": nonce,
    "x-lark-signature": signatureOf(body, { timestamp, nonce, encryptKey }),
  };
  return { headers: { "content-type": "application/json", ...isSigned ? signed : {} }, body };
}

/** The content of Feishu's call when a button is pressed. */
export function pressed(
  { code, id, openId, token = "" }: { code: string; id: string; openId: string; token?: string | undefined },
): Fields {
  return {
    schema: "2.0",
    header: { event_id: id, token, event_type: "card.action.trigger", tenant_key: "t", app_id: "cli_1" },
    event: {
      operator: { tenant_key: "t", open_id: openId, union_id: "on_1" },
      token: "c-1",
      action: { value: { code }, tag: "button" },
      host: "im_message",
      context: { open_message_id: "om_1", open_chat_id: "oc_1" },
    },
  };
}

/** Calls for fixtures. */
export const CALLS: readonly CallbackFixture<FeishuCallbackSecrets>[] = [
  {
    about: "a button is pressed",
    request: ({ encryptKey = "", verificationToken }, { code, now, id }) =>
      feishuCall(pressed({ code, id, openId: "ou_1", token: verificationToken }), { encryptKey, now }),
    reads: "code",
    user: "ou_1",
  },
  {
    about: "the check of the address",
    request: ({ encryptKey = "", verificationToken: token }, { now }) =>
      feishuCall({ type: "url_verification", challenge: "c", token }, { encryptKey, now, isSigned: false }),
    reads: "nothing",
    unsigned: true,
  },
];
