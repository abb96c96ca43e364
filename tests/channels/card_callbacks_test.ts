/** The calls of DingTalk, Feishu and WeCom for a pressed button of a card, and the channels' readings of them. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { cardCall } from "../../channels/_dingtalk/card_callback.ts";
import { contentOf } from "../../channels/_feishu/app_message.ts";
import { feishuCall, pressed } from "../../channels/_feishu/callback.ts";
import { decrypted, element, elementIn, encrypt } from "../../channels/_wecom/callback_crypto.ts";
import { keysOf, pressed as pressedInWeCom, wecomCall } from "../../channels/_wecom/callback.ts";
import dingtalk from "../../channels/dingtalk_card.ts";
import feishu from "../../channels/feishu_app.ts";
import wecom from "../../channels/wecom_app.ts";
import type { CallbackParts, CallbackPress, CallbackReading, Channel } from "../../relay/channel.ts";
import { callbackRequest } from "../../simulator/channel/callbacks.ts";
import { message, NOW } from "./_message.ts";

const MINUTE = 60_000;
const CODE = "a.code";

async function read(channel: Channel, config: object, parts: CallbackParts): Promise<CallbackReading> {
  const parsed = channel.config.parse({ ...channel.sample as object, ...config });
  return await channel.callback!.read(parsed, callbackRequest(parts), { now: NOW });
}

function press(reading: CallbackReading): CallbackPress {
  ok("actions" in reading, JSON.stringify(reading));
  return reading;
}

const FEISHU = { encryptKey: "e-1", verificationToken: "v-1" };
const BUTTON = pressed({ code: CODE, id: "evt-1", openId: "ou_1", token: "v-1" });

Deno.test("feishu: a pressed button is its code, of the person who pressed it, and is answered with a toast", async () => {
  const call = feishuCall(BUTTON, { encryptKey: "e-1", now: NOW });
  const { actions, user, once, answer } = press(await read(feishu, FEISHU, call));
  equal([actions, user.ids, once], [[{ code: CODE }], ["ou_1"], "evt-1"]);
  const toasts = (["done", "refused", "repeated", "failed", "pending"] as const).map((kind) =>
    answer({ kind, text: "李雷 已接手" }).json
  );
  equal(
    toasts,
    ["success", "warning", "info", "error", "info"].map((type) => ({
      toast: { type, content: "李雷 已接手" },
    })),
  );
});

Deno.test("feishu: with an Encrypt Key the actions of a card call back, and its links stay links", () => {
  const actions = { open: "https://fh.example.com/o", acknowledge: "https://fh.example.com/a" };
  const codes = { acknowledge: CODE, take: "t.code", snooze: "s.code" };
  const shown = message({ actions: { ...actions, codes } });
  const buttonsWith = (encryptKey?: string): unknown[] => {
    const { content } = contentOf({ mentions: "none", encryptKey }, shown);
    const { elements } = content as { elements: { actions?: { value?: unknown; url?: string }[] }[] };
    return elements.flatMap(({ actions = [] }) => actions.map(({ value, url }) => value ?? url));
  };
  equal(buttonsWith("e-1"), [{ code: CODE }, actions.open]);
  equal(buttonsWith(), [actions.acknowledge, actions.open]);
});

Deno.test("feishu: the check of the address is answered, though it is not signed", async () => {
  const check = { type: "url_verification", challenge: "c-1", token: "v-1" };
  const call = feishuCall(check, { encryptKey: "e-1", now: NOW, isSigned: false });
  equal(await read(feishu, FEISHU, call), { answer: { json: { challenge: "c-1" } } });
});

Deno.test("feishu: another event acts on nothing", async () => {
  const message = { ...BUTTON, header: { ...BUTTON.header as object, event_type: "im.message.receive_v1" } };
  const call = feishuCall(message, { encryptKey: "e-1", now: NOW });
  equal(await read(feishu, FEISHU, call), { answer: { json: {} } });
});

const signed = (now = NOW): CallbackParts => feishuCall(BUTTON, { encryptKey: "e-1", now });
const FORGED_FEISHU: readonly [what: string, parts: CallbackParts, refused: RegExp][] = [
  ["encrypted with another key", feishuCall(BUTTON, { encryptKey: "e-2", now: NOW }), /decrypted/],
  ["not encrypted", { body: JSON.stringify(BUTTON) }, /decrypted/],
  ["no JSON", { body: "<xml>" }, /decrypted/],
  ["not signed", feishuCall(BUTTON, { encryptKey: "e-1", now: NOW, isSigned: false }), /signature/],
  ["signed for another body", {
    ...signed(),
    body: feishuCall(BUTTON, { encryptKey: "e-1", now: NOW }).body!,
  }, /signature/],
  ["late", signed(NOW - 6 * MINUTE), /five minutes/],
  ["early", signed(NOW + 6 * MINUTE), /five minutes/],
  [
    "with another token",
    feishuCall(pressed({ code: CODE, id: "e", openId: "ou_1", token: "v-2" }), {
      encryptKey: "e-1",
      now: NOW,
    }),
    /Verification Token/,
  ],
];

for (const [what, parts, expected] of FORGED_FEISHU) {
  Deno.test(`feishu: a call that is ${what} is refused`, async () => {
    const reading = await read(feishu, FEISHU, parts);
    ok("refused" in reading, JSON.stringify(reading));
    match(reading.refused, expected);
  });
}

const DINGTALK = { callbackSecret: "c-1" };
const PRESS = { code: CODE, userId: "user1", outTrackId: "fenghuo-1" };

Deno.test("dingtalk: a pressed button is its code, of the person who pressed it, who alone reads why it was refused", async () => {
  const call = cardCall(PRESS, { secret: "c-1", now: NOW });
  const { actions, user, once, answer } = press(await read(dingtalk, DINGTALK, call));
  equal([actions, user.ids], [[{ code: CODE }], ["user1"]]);
  const another = cardCall({ ...PRESS, userId: "user2" }, { secret: "c-1", now: NOW });
  ok(once !== press(await read(dingtalk, DINGTALK, another)).once);
  const noticeOf = (kind: "done" | "refused"): unknown =>
    (answer({ kind, text: "已恢复" }).json as { userPrivateData: unknown }).userPrivateData;
  equal(noticeOf("done"), { cardParamMap: { notice: "" } });
  equal(noticeOf("refused"), { cardParamMap: { notice: "已恢复" } });
});

const FORGED_DINGTALK: readonly [what: string, parts: CallbackParts, refused: RegExp][] = [
  ["signed with another secret", cardCall(PRESS, { secret: "c-2", now: NOW }), /signature/],
  ["not signed", { body: cardCall(PRESS, { secret: "c-1", now: NOW }).body! }, /signature/],
  ["late", cardCall(PRESS, { secret: "c-1", now: NOW - 6 * MINUTE }), /five minutes/],
  ["early", cardCall(PRESS, { secret: "c-1", now: NOW + 6 * MINUTE }), /five minutes/],
];

for (const [what, parts, expected] of FORGED_DINGTALK) {
  Deno.test(`dingtalk: a call that is ${what} is refused`, async () => {
    const reading = await read(dingtalk, DINGTALK, parts);
    ok("refused" in reading, JSON.stringify(reading));
    match(reading.refused, expected);
  });
}

const WECOM = { corpid: "ww1", callbackToken: "t-1", encodingAesKey: "a".repeat(43) };
const KEYS = keysOf(WECOM)!;
const XML = pressedInWeCom({ code: CODE, user: "LiLei", taskId: "fenghuo-1", now: NOW });

Deno.test("wecom: a pressed button is its code, and the person's buttons become the outcome", async () => {
  const { actions, user, once, answer } = press(
    await read(wecom, WECOM, wecomCall(XML, { keys: KEYS, now: NOW })),
  );
  equal([actions, user.ids, once.split(" ").length], [[{ code: CODE }], ["LiLei"], 4]);
  const { text = "" } = answer({ kind: "done", text: "李雷 已接手]]>" });
  const reply = decrypted(elementIn(text, "Encrypt"), KEYS)!;
  equal(["ToUserName", "MsgType", "ReplaceName"].map((name) => elementIn(reply, name)), [
    "LiLei",
    "update_button",
    "李雷 已接手",
  ]);
  equal(answer({ kind: "failed", text: "x" }), { text: "" }, "the buttons stay, to be pressed again");
});

Deno.test("wecom: the check of the address is answered with its text", async () => {
  const call = wecomCall("1616140317555161061", { keys: KEYS, now: NOW, check: true });
  equal(await read(wecom, WECOM, call), { answer: { text: "1616140317555161061" } });
});

Deno.test("wecom: another event acts on nothing", async () => {
  const entered = `<xml>${element("Event", "enter_agent")}${element("FromUserName", "LiLei")}</xml>`;
  equal(await read(wecom, WECOM, wecomCall(entered, { keys: KEYS, now: NOW })), { answer: { text: "" } });
});

const wecomSigned = (keys = KEYS, now = NOW): CallbackParts => wecomCall(XML, { keys, now });
const FORGED_WECOM: readonly [what: string, parts: CallbackParts, refused: RegExp][] = [
  ["signed with another token", wecomSigned({ ...KEYS, token: "t-2" }), /signature/],
  ["encrypted with another key", wecomSigned({ ...KEYS, aesKey: "b".repeat(43) }), /decrypted/],
  ["for another company", wecomSigned({ ...KEYS, corpid: "ww2" }), /decrypted/],
  ["signed for another body", {
    ...wecomSigned(),
    body: `<xml>${element("Encrypt", encrypt(XML, KEYS))}</xml>`,
  }, /signature/],
  ["not signed", { body: wecomSigned().body! }, /signature/],
  ["late", wecomSigned(KEYS, NOW - 6 * MINUTE), /five minutes/],
  ["early", wecomSigned(KEYS, NOW + 6 * MINUTE), /five minutes/],
];

for (const [what, parts, expected] of FORGED_WECOM) {
  Deno.test(`wecom: a call that is ${what} is refused`, async () => {
    const reading = await read(wecom, WECOM, parts);
    ok("refused" in reading, JSON.stringify(reading));
    match(reading.refused, expected);
  });
}

Deno.test("without its secret, a destination takes no calls", () => {
  const takes = (channel: Channel, absent: string): boolean => {
    const { [absent]: _, ...sample } = channel.sample as Record<string, unknown>;
    return channel.callback!.enabled!(channel.config.parse(sample));
  };
  const taken = [
    takes(feishu, "encryptKey"),
    takes(dingtalk, "callbackSecret"),
    takes(wecom, "callbackToken"),
  ];
  equal(taken, [false, false, false]);
});

Deno.test("wecom: a stranger's body is read in linear time, whatever it repeats", async () => {
  const parts = ["<Encrypt>", "<Encrypt><![CDATA[", "<Encrypt><![CDATA[x]]>", "<Encrypt>x"];
  const started = performance.now();
  for (const part of parts) {
    const body = part.repeat(Math.floor(256 * 1_024 / part.length));
    ok("refused" in await read(wecom, WECOM, { body }));
  }
  ok(performance.now() - started < 1_000, "four bodies of 256 KiB");
});
