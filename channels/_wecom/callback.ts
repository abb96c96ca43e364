/**
 * The callback of a template card's button: https://developer.work.weixin.qq.com/document/path/90240, and the check of the
 * address: https://developer.work.weixin.qq.com/document/path/90930
 *
 * @module
 */
import {
  type CallbackAnswer,
  type CallbackFixture,
  type CallbackOutcome,
  type CallbackParts,
  type CallbackReading,
  type CallbackRequest,
  cut,
  sameSecret,
} from "../../relay/channel.ts";
import { isStale, STALE } from "../_callback/call_time.ts";
import {
  type CallbackKeys,
  decrypted,
  element,
  elementIn,
  encrypt,
  signatureOf,
  type Signed,
} from "./callback_crypto.ts";

/** The part of the config that verifies a callback. */
export interface CallbackConfig {
  readonly corpid: string;
  readonly callbackToken?: string | undefined;
  readonly encodingAesKey?: string | undefined;
}

/** Our choice: the most characters of a button; WeCom advises ten. */
const BUTTON_CHARS = 20;

/** The keys of a config; `undefined` if it accepts no callbacks. */
export function keysOf({ corpid, callbackToken, encodingAesKey }: CallbackConfig): CallbackKeys | undefined {
  if (callbackToken === undefined || encodingAesKey === undefined) return undefined;
  return { corpid, token: callbackToken, aesKey: encodingAesKey };
}

/** Read a call: the check of the address, or a button that was pressed. */
export function readCall(
  config: CallbackConfig,
  { method, query, body }: CallbackRequest,
  { now }: { now: number },
): CallbackReading {
  const keys = keysOf(config);
  if (keys === undefined) return { refused: "the destination has no Token or no EncodingAESKey: set both" };
  const signed = { timestamp: query.get("timestamp") ?? "", nonce: query.get("nonce") ?? "" };
  const encrypted = method === "GET" ? query.get("echostr") ?? "" : elementIn(body, "Encrypt");
  if (!sameSecret(query.get("msg_signature") ?? "", signatureOf(encrypted, { ...signed, ...keys }))) {
    return { refused: "the signature is wrong: check the Token" };
  }
  if (isStale(Number(signed.timestamp) * 1_000, now)) return STALE;
  const text = decrypted(encrypted, keys);
  if (text === undefined) {
    return { refused: "the body cannot be decrypted: check the EncodingAESKey and the company id" };
  }
  if (method === "GET") return { answer: { text } };

  const [event, code, user] = ["Event", "EventKey", "FromUserName"].map((name) => elementIn(text, name)) as [
    string,
    string,
    string,
  ];
  if (event !== "template_card_event" || code === "" || user === "") return { answer: { text: "" } };
  return {
    actions: [{ code }],
    user: { ids: [user] },
    once: ["TaskId", "FromUserName", "CreateTime", "EventKey"].map((name) => elementIn(text, name)).join(" "),
    answer: (outcome) => answerTo(outcome, { user, keys, signed }),
  };
}

/**
 * Replaces the buttons that the person sees with the outcome: https://developer.work.weixin.qq.com/document/path/90241. After a
 * failure the buttons are kept, so that the person can press one again.
 */
function answerTo(
  { kind, text }: CallbackOutcome,
  { user, keys, signed }: { user: string; keys: CallbackKeys; signed: Signed },
): CallbackAnswer {
  if (kind !== "done" && kind !== "refused") return { text: "" };
  const reply = [
    element("ToUserName", user),
    element("FromUserName", keys.corpid),
    `<CreateTime>${signed.timestamp}</CreateTime>`,
    element("MsgType", "update_button"),
    `<Button>${element("ReplaceName", cut(text, { chars: BUTTON_CHARS }))}</Button>`,
  ];
  const encrypted = encrypt(`<xml>${reply.join("")}</xml>`, keys);
  const answer = [
    element("Encrypt", encrypted),
    element("MsgSignature", signatureOf(encrypted, { ...signed, ...keys })),
    `<TimeStamp>${signed.timestamp}</TimeStamp>`,
    element("Nonce", signed.nonce),
  ];
  return { headers: { "content-type": "application/xml" }, text: `<xml>${answer.join("")}</xml>` };
}

/** The content of WeCom's call when a button of a card is pressed. */
export function pressed({ code, user, taskId, now }: {
  code: string;
  user: string;
  taskId: string;
  now: number;
}): string {
  const elements = [
    element("FromUserName", user),
    `<CreateTime>${Math.floor(now / 1_000)}</CreateTime>`,
    element("MsgType", "event"),
    element("Event", "template_card_event"),
    element("EventKey", code),
    element("TaskId", taskId),
    element("CardType", "button_interaction"),
    element("ResponseCode", "r-2"),
    "<AgentID>1000002</AgentID>",
  ];
  return `<xml>${elements.join("")}</xml>`;
}

/** A call as WeCom makes it: encrypted and signed. `check`: the check of the address. */
export function wecomCall(
  text: string,
  { keys, now, check = false }: { keys: CallbackKeys; now: number; check?: boolean },
): CallbackParts {
  const encrypted = encrypt(text, keys);
  const signed = { timestamp: String(Math.floor(now / 1_000)), nonce: "n-1" };
  const query = { msg_signature: signatureOf(encrypted, { ...signed, ...keys }), ...signed };
  if (check) return { method: "GET", query: { ...query, echostr: encrypted } };
  return {
    headers: { "content-type": "text/xml" },
    query,
    body: `<xml>${element("ToUserName", keys.corpid)}${element("Encrypt", encrypted)}</xml>`,
  };
}

/** Calls for fixtures. */
export const CALLS: readonly CallbackFixture<CallbackConfig>[] = [
  {
    about: "a button is pressed",
    request: (config, { code, now, id }) =>
      wecomCall(pressed({ code, user: "LiLei", taskId: id, now }), { keys: keysOf(config)!, now }),
    reads: "code",
    user: "LiLei",
  },
  {
    about: "the check of the address",
    request: (config, { now }) =>
      wecomCall("1616140317555161061", { keys: keysOf(config)!, now, check: true }),
    reads: "nothing",
  },
];
