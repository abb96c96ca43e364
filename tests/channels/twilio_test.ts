/** Text messages and calls of Twilio. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { CODES } from "../../channels/_twilio/answer.ts";
import sms from "../../channels/twilio_sms.ts";
import voice from "../../channels/twilio_voice.ts";
import type { Channel, Message } from "../../relay/channel.ts";
import { adviceOf } from "../../relay/channel/advice.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, message, NOW } from "./_message.ts";
import { requestOf } from "./_send.ts";
import { CRASH, written } from "./_written.ts";

const ACCOUNT = { account: "AC01", secret: "s+/=", from: "+15017122661" };
const LI_LEI = { id: "li.lei", mobile: "138 0000 0000" };
const TO_LI_LEI = message({ recipients: [LI_LEI] });

for (const channel of [sms, voice]) testFixtures(channel);

/** The form as it is sent. */
async function formOf(channel: Channel, own: Message, config: object = {}): Promise<Record<string, string>> {
  const { body } = encodeRequest(await requestOf(channel, { ...ACCOUNT, ...config }, own));
  return Object.fromEntries(new URLSearchParams(body as string));
}

Deno.test("a text message goes to one number, from a number or a service", async () => {
  const { url, headers } = await requestOf(sms, { ...ACCOUNT, user: "SK02" }, TO_LI_LEI);
  equal(url, "https://api.twilio.com/2010-04-01/Accounts/AC01/Messages.json");
  equal(headers, { authorization: `Basic ${btoa("SK02:s+/=")}` });
  const text = { To: "+8613800000000", Body: "firing: node-3 is 97 % full" };
  equal(await formOf(sms, TO_LI_LEI), { ...text, From: "+15017122661" });
  equal(await formOf(sms, TO_LI_LEI, { from: "MG03" }), { ...text, MessagingServiceSid: "MG03" });
});

Deno.test("a text message may end with the link to acknowledge, which is never cut", async () => {
  const acknowledge = `https://fenghuo.example.com/l/${"x".repeat(200)}`;
  const actions = { open: "https://fenghuo.example.com/l/o", acknowledge };
  const own = message({ ...TO_LI_LEI, actions, body: "满".repeat(1_600) });
  const { Body } = await formOf(sms, own, { link: true });
  equal([...Body!].length, 1_600);
  ok(Body!.endsWith(`…\n${acknowledge}`));
  for (
    const [more, config] of [[{}, {}], [{ actions: { open: "o" } }, { link: true }], [{ plain: true }, {
      link: true,
    }]]
  ) {
    equal((await formOf(sms, message({ ...own, ...more }), config)).Body, own.body);
  }
});

Deno.test("a call says it twice, in the group's language", async () => {
  const { url, headers } = await requestOf(voice, ACCOUNT, TO_LI_LEI);
  equal(url, "https://api.twilio.com/2010-04-01/Accounts/AC01/Calls.json");
  equal(headers, { authorization: `Basic ${btoa("AC01:s+/=")}` });
  const said = '<Say language="zh-CN">告警中 严重. DiskFull. node-3 is 97 % full</Say>';
  equal(await formOf(voice, TO_LI_LEI), {
    To: "+8613800000000",
    From: "+15017122661",
    Twiml: `<Response>${said}<Pause length="1"/>${said}</Response>`,
  });
  const english = message({ ...TO_LI_LEI, locale: "en" });
  match(
    (await formOf(voice, english, { times: 1 })).Twiml!,
    /^<Response><Say language="en-US">[^<]*<\/Say><\/Response>$/,
  );
});

Deno.test("a resolved alert is told by text message, and not by a call, unless asked for", async () => {
  const over = { ...TO_LI_LEI, status: "resolved" } as const;
  const kindOf = async (channel: Channel, config: object): Promise<string> => {
    const parsed = channel.config.parse({ ...ACCOUNT, ...config });
    const request = await channel.request!(parsed, over, { now: NOW, id: "m" });
    return "kind" in request ? request.kind : "sent";
  };
  equal([await kindOf(sms, {}), await kindOf(voice, {})], ["sent", "skipped"]);
  equal([await kindOf(sms, { resolved: false }), await kindOf(voice, { resolved: true })], [
    "skipped",
    "sent",
  ]);
});

Deno.test("a member whose mobile is no number is refused alone", async () => {
  for (const channel of [sms, voice] as readonly Channel[]) {
    for (const mobile of [undefined, "1", "call me"]) {
      const own = message({ recipients: [{ id: "a", mobile }] });
      const request = await channel.request!(channel.config.parse(ACCOUNT), own, { now: NOW, id: "m" });
      ok("kind" in request && request.kind === "refused" && request.what === "recipient");
    }
  }
});

Deno.test("hostile words are heard as words: nothing ends what is said", async (t) => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const own = message({
        recipients: [LI_LEI],
        name: text,
        alerts: [alert({ text })],
        body: text,
        title: text,
      });
      const { Twiml } = await formOf(voice, own, { times: 1, say: "<{name}> {text}" });
      match(Twiml!, /^<Response><Say language="zh-CN">(?:[^<>&]|&#\d+;)+<\/Say><\/Response>$/);
      ok(Twiml!.length <= 4_000);
      ok((await formOf(sms, own)).Body !== "");
    });
  }
});

Deno.test("a long message is cut to the characters of the config, and what is left out is counted", () => {
  const alerts = Array.from({ length: 40 }, (_, index) => ({
    ...CRASH,
    labels: { ...CRASH.labels, pod: `checkout-${index}`, namespace: `ns-${index}` },
  }));
  for (const chars of [160, 300]) {
    const { message: { body } } = written(sms, alerts, { config: { ...ACCOUNT, chars }, isDigest: true });
    ok([...body].length <= chars, body);
    match(body, /\d/);
  }
});

Deno.test("every code has a remedy of its own", () => {
  for (const code of Object.keys(CODES)) {
    const advice = adviceOf(sms, `${code} xyz`);
    ok(advice && advice.cause.zh !== adviceOf(undefined, `${code} xyz`)?.cause.zh, code);
  }
});

Deno.test("a config that cannot work is refused", () => {
  const wrong: [Channel, object][] = [
    [sms, { account: "SK1" }],
    [sms, { user: "AC1" }],
    [sms, { from: "a very long sender's name" }],
    [sms, { chars: 1_601 }],
    [voice, { from: "MG03" }],
    [voice, { say: "{nothing}" }],
    [voice, { times: 0 }],
  ];
  for (const [channel, own] of wrong) {
    equal(channel.config.safeParse({ ...ACCOUNT, ...own }).success, false, JSON.stringify(own));
  }
});
