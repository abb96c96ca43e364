/** The push services of China: ServerChan, PushPlus, WxPusher, Bark, Flashduty. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import bark from "../../channels/bark.ts";
import flashduty from "../../channels/flashduty.ts";
import pushplus from "../../channels/pushplus.ts";
import serverchan from "../../channels/serverchan.ts";
import wxpusher from "../../channels/wxpusher.ts";
import type { Message, Verdict } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, link, message, NOW, PEOPLE } from "./_message.ts";
import { answer, requestOf } from "./_send.ts";
import { testCache } from "./_talk.ts";
import { CRASH, written } from "./_written.ts";

for (const channel of [serverchan, pushplus, bark, flashduty]) testFixtures(channel);
testFixtures(wxpusher);

const IPHONE = { id: "li.lei", bark: "devkey+/=" };

Deno.test("serverchan: each generation of keys has its own address", async () => {
  const urls = ["SCT1Tx", "sctp42tabc", "a/b+c"].map(async (key) =>
    (await requestOf(serverchan, { key }, message())).url
  );
  deepEqual(await Promise.all(urls), [
    "https://sctapi.ftqq.com/SCT1Tx.send",
    "https://42.push.ft07.com/send/sctp42tabc.send",
    "https://sctapi.ftqq.com/a%2Fb%2Bc.send",
  ]);
});

Deno.test("serverchan: the title is apart, and an empty one is the severity", async () => {
  const { json } = await requestOf(serverchan, { key: "SCT1" }, message({ title: " ", body: "b" }));
  deepEqual(json, { title: "critical", desp: "b" });
});

Deno.test("serverchan: a message that WeChat refuses behind code 0 is not delivered", () => {
  const text = '{"code":0,"message":"","data":{"errno":1024,"error":"不要重复发送同样的内容"}}';
  const verdict = serverchan.verdict!(answer(text), { now: NOW });
  equal(verdict?.kind, "refused");
  match(verdict!.because, /^1024 /);
});

Deno.test("serverchan, pushplus: what is used up is back at midnight in China", () => {
  const midnight = Date.UTC(2026, 2, 1, 16); // 2026-03-02 00:00 in China; NOW is 16:00 there
  for (
    const [channel, text] of [
      [serverchan, '{"code":40001,"message":"超过当天的发送次数限制[5]"}'],
      [pushplus, '{"code":900,"msg":"x"}'],
    ] as const
  ) {
    const verdict = channel.verdict!(answer(text), { now: NOW });
    equal(verdict?.kind === "throttled" && verdict.waitMs, midnight - NOW);
  }
});

Deno.test("pushplus: a message in HTML, to a topic or to the token's owner", async () => {
  const own = message({ title: "t", body: "<b>b</b>" });
  const { url, json } = await requestOf(pushplus, { token: "k" }, own);
  equal(url, "https://www.pushplus.plus/send");
  deepEqual(json, { token: "k", title: "t", content: "<b>b</b>", template: "html", channel: "wechat" });
  const { json: toTopic } = await requestOf(pushplus, { token: "k", topic: "ops" }, own);
  equal((toTopic as { topic: string }).topic, "ops");
});

Deno.test("pushplus: an account's messages a day are the plan's", () => {
  const limits = pushplus.limits as (config: unknown) => { rates: unknown };
  deepEqual(limits(pushplus.config.parse({ token: "k", perDay: 1_000 })).rates, [{
    messages: 1_000,
    per: "day",
  }]);
});

/** The request to WxPusher, and the verdict on its answer. */
async function push(
  input: object,
  own: Partial<Message>,
  reply: object = { code: 1000, msg: "处理成功", data: [{ code: 1000 }] },
): Promise<{ asked: unknown[]; verdict: Verdict }> {
  const asked: unknown[] = [];
  const verdict = await wxpusher.send!(wxpusher.config.parse({ appToken: "AT_1", ...input }), message(own), {
    now: NOW,
    cache: testCache(() => NOW),
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch: ({ json }) => {
      asked.push(json);
      return Promise.resolve(answer(JSON.stringify(reply)));
    },
  });
  return { asked, verdict };
}

Deno.test("wxpusher: members by UID, topics beside them, and a link to the alert", async () => {
  const recipients = [{ id: "a", wxpusher: "UID_a" }, { id: "b" }, { id: "c", wxpusher: "UID_c" }];
  const alerts = [alert({ links: [link("https://x.example.com/?a=1&b=2")] })];
  const { asked, verdict } = await push({ topics: [7] }, { body: "b", recipients, alerts });
  equal(verdict.kind, "delivered");
  deepEqual(asked, [{
    appToken: "AT_1",
    summary: "DiskFull",
    content: "b",
    contentType: 2,
    uids: ["UID_a", "UID_c"],
    topicIds: [7],
    url: "https://x.example.com/?a=1&b=2",
  }]);
});

Deno.test("wxpusher: without a UID and a topic there is nobody to send to", async () => {
  const { asked, verdict } = await push({}, { recipients: PEOPLE });
  equal(verdict.kind === "refused" && verdict.what, "recipient");
  equal(asked.length, 0);
});

Deno.test("wxpusher: one who is not reached does not cost the others the message, and is named", async () => {
  const recipients = [{ id: "a", wxpusher: "UID_a" }, { id: "b", wxpusher: "UID_b" }];
  const bad = { uid: "UID_b", code: 1001, status: "用户没有关注" };
  const some = await push({}, { recipients }, { code: 1000, data: [{ uid: "UID_a", code: 1000 }, bad] });
  deepEqual(some.verdict, { kind: "delivered", because: "1001 用户没有关注", failed: ["b"] });
  const none = await push({}, { recipients: [recipients[1]!] }, { code: 1000, data: [bad] });
  deepEqual(none.verdict, {
    kind: "refused",
    what: "recipient",
    because: "1001 用户没有关注",
    failed: ["b"],
  });
});

Deno.test("bark: firing and resolved replace one another on the phone; a digest replaces nothing", async () => {
  const sent = async (own: Partial<Message>): Promise<Record<string, unknown>> =>
    (await requestOf(bark, {}, message({ recipients: [IPHONE], ...own }))).json as Record<string, unknown>;
  const firing = await sent({});
  const resolved = await sent({ status: "resolved" });
  const other = await sent({ thread: "another" });
  const digest = await sent({ digest: { alerts: 2, incidents: 2 } });
  equal(firing.device_key, "devkey+/=");
  equal(firing.level, "timeSensitive");
  equal(resolved.level, "active");
  equal(firing.id, resolved.id);
  ok(firing.id !== other.id && String(firing.id).length <= 64);
  equal(digest.id, undefined);
});

Deno.test("bark: only what is critical and fires rings through silence, and only where that was chosen", async () => {
  const ringing: unknown[] = [];
  for (const ring of ["none", "critical"]) {
    for (const own of [{}, { status: "resolved" }, { severity: "error" }] as Partial<Message>[]) {
      const { json } = await requestOf(bark, { ring }, message({ recipients: [IPHONE], ...own }));
      const { level, call } = json as { level: string; call?: string };
      ringing.push(level === "critical" && call === "1");
    }
  }
  deepEqual(ringing, [false, false, false, true, false, false]);
});

Deno.test("a title that is cut is no longer than the vendor takes, even if a sign counts as two", () => {
  const alert = { ...CRASH, title: "磁盘已满".repeat(50) };
  for (const [channel, most] of [[pushplus, 100], [wxpusher, 100], [serverchan, 32]] as const) {
    const { title } = written(channel, [alert]).message;
    ok(
      title.startsWith("🔴") && title.length > most / 2 && title.length <= most,
      `${channel.name}: ${title}`,
    );
  }
});

Deno.test("bark, wxpusher: an address that is longer than the vendor takes is left out", async () => {
  const links = [link(`https://x.example.com/?${"a".repeat(1_000)}`)];
  const { json } = await requestOf(bark, {}, message({ recipients: [IPHONE], links }));
  equal((json as { url?: string }).url, undefined);
  const { asked } = await push({}, { links, recipients: [{ id: "a", wxpusher: "UID_a" }] });
  equal((asked[0] as { url?: string }).url, undefined);
});

Deno.test("bark: a refusal does not tell the device key", () => {
  const text =
    '{"code":400,"message":"failed to get device token: failed to get [devkey] device token from database"}';
  const verdict = bark.verdict!(answer(text, { status: 400 }), { now: NOW });
  equal(verdict?.kind === "refused" && verdict.what, "recipient");
  ok(!verdict!.because.includes("devkey"), verdict!.because);
});

Deno.test("bark: a member without a device key is refused, nobody else", async () => {
  const declined = await bark.request!(bark.config.parse({}), message({ recipients: [PEOPLE[0]!] }), {
    now: NOW,
    id: "m",
  });
  equal("kind" in declined && declined.kind, "refused");
});

Deno.test("flashduty: firing, resolved: one alert of one key", async () => {
  const firing = await requestOf(flashduty, { key: "a+b" }, message({ body: "b" }));
  equal(firing.url, "https://api.flashcat.cloud/event/push/alert/standard?integration_key=a%2Bb");
  deepEqual(firing.json, {
    title_rule: "DiskFull",
    event_status: "Critical",
    alert_key: "f1",
    description: "b",
    labels: { alertname: "DiskFull", instance: "node-3" },
  });
  const { json } = await requestOf(
    flashduty,
    { key: "k" },
    message({ status: "resolved", severity: "warning" }),
  );
  const { event_status, alert_key } = json as Record<string, string>;
  deepEqual([event_status, alert_key], ["Ok", "f1"]);
});

Deno.test("flashduty: hostile labels stay within its limits and names", async () => {
  const labels = Object.fromEntries([
    ["9 lives!", "x".repeat(3_000)],
    ["", "empty"],
    ...Object.keys(HOSTILE).map((name) => [name, HOSTILE[name]!]),
    ...Array.from({ length: 60 }, (_, index) => [`l${index}`, "v"]),
  ]);
  const { json } = await requestOf(flashduty, { key: "k" }, message({ alerts: [alert({ labels })] }));
  const sent = Object.entries((json as { labels: Record<string, string> }).labels);
  ok(sent.length <= 50);
  for (const [name, value] of sent) {
    match(name, /^[A-Za-z_]\w*$/);
    ok([...value].length <= 2_048, name);
  }
});
