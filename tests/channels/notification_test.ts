/**
 * A phone's notification shows about twenty characters of a message. Each vendor takes them from another field; all of them
 * must name the alert and its place.
 */
import assert from "node:assert/strict";
import type { Alert } from "../../relay/domain/alert.ts";
import type { Channel, Message } from "../../relay/channel.ts";
import { type Locale, LOCALES } from "../../relay/base/locale.ts";
import { mailOf } from "../../channels/_smtp/mail.ts";
import dingtalkChat from "../../channels/dingtalk_chat.ts";
import dingtalk from "../../channels/dingtalk_robot.ts";
import email from "../../channels/email.ts";
import feishu from "../../channels/feishu_robot.ts";
import wecomApp from "../../channels/wecom_app.ts";
import wecom from "../../channels/wecom_robot.ts";
import { NOW } from "./_message.ts";
import { CRASH, written } from "./_written.ts";

const over = { status: "resolved", endsAt: NOW } as const;
const pod = (name: string, own: Partial<Alert> = {}): Alert => ({
  ...CRASH,
  labels: { ...CRASH.labels, pod: name },
  ...own,
});
const memory = pod("cart-5f8c", { title: "KubeMemoryHigh" });

interface Case {
  readonly what: string;
  readonly alerts: readonly Alert[];
  readonly isDigest?: true;
  /** `where` and as much of the name as fits must be within the first twenty characters. */
  readonly where: string;
  readonly name: string;
}

const CASES: readonly Case[] = [
  { what: "one alert", alerts: [CRASH], where: "checkout", name: "KubePod" },
  { what: "one that is over", alerts: [{ ...CRASH, ...over }], where: "checkout", name: "KubePod" },
  {
    what: "alike alerts",
    alerts: [CRASH, pod("cart-5f8c"), pod("api-9d")],
    where: "prod",
    name: "KubePodCrash",
  },
  { what: "different alerts", alerts: [CRASH, memory], where: "checkout", name: "KubePod" },
  { what: "some that are over", alerts: [CRASH, { ...memory, ...over }], where: "checkout", name: "KubePod" },
  {
    what: "a digest",
    alerts: [CRASH, memory, pod("api-9d")],
    isDigest: true,
    where: "prod",
    name: "KubePodCrash",
  },
];

/** The field that each vendor's clients show in a notification. */
const SHOWN: readonly [vendor: string, channel: Channel, config: object, words: (sent: Sent) => string][] = [
  ["DingTalk, markdown", dingtalk, {}, ({ json }) => json.markdown.title],
  [
    "DingTalk, card",
    dingtalk,
    { form: "actionCard" },
    ({ json }) => (json.actionCard ?? json.markdown).title,
  ],
  ["DingTalk, text", dingtalk, { form: "text" }, ({ json }) => json.text.content],
  ["DingTalk chat, markdown", dingtalkChat, {}, ({ message }) => message.title],
  ["DingTalk chat, text", dingtalkChat, { form: "text" }, ({ message }) => message.body],
  ["WeCom, markdown", wecom, {}, ({ json }) => json.markdown.content],
  ["WeCom, text", wecom, { form: "text" }, ({ json }) => json.text.content],
  ["WeCom app, markdown", wecomApp, {}, ({ message }) => message.body],
  ["WeCom app, text", wecomApp, { form: "text" }, ({ message }) => message.body],
  ["WeCom app, card", wecomApp, { form: "textcard" }, ({ message }) => message.title],
  ["Feishu, card", feishu, {}, ({ json }) => json.card.header.title.content],
  ["Feishu, text", feishu, { form: "text" }, ({ json }) => json.content.text],
];

interface Sent {
  readonly message: Message;
  // deno-lint-ignore no-explicit-any -- a test reads what it expects
  readonly json: any;
}

/** The sample config without its keyword and its mentions, which would come first. */
function configOf(channel: Channel, own: object): unknown {
  const { keyword: _, mentions: __, ...sample } = channel.sample as Record<string, unknown>;
  return { ...sample, ...own };
}

async function sent(
  channel: Channel,
  own: object,
  { alerts, isDigest }: Case,
  locale: Locale,
): Promise<Sent> {
  const { message, config } = written(channel, alerts, { config: configOf(channel, own), isDigest, locale });
  const request = await channel.request?.(config, message, { now: NOW, id: "m" });
  return { message, json: request && "json" in request ? request.json : undefined };
}

/** The text of a notification: the first line without markup, cut to twenty characters. */
function notified(words: string): string {
  const plain = words.replace(/<[^>]+>/g, "").replace(/[*#>]/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return [...plain.trim().split("\n", 1)[0]!].slice(0, 20).join("");
}

for (const [vendor, channel, own, words] of SHOWN) {
  Deno.test(`the first twenty characters of a notification tell what and where: ${vendor}`, async () => {
    for (const locale of LOCALES) {
      for (const one of CASES) {
        const shown = notified(words(await sent(channel, own, one, locale)));
        assert.ok(shown.includes(one.where) && shown.includes(one.name), `${one.what}, ${locale}: ${shown}`);
        const isOver = one.alerts.every(({ status }) => status === "resolved");
        assert.ok(shown.startsWith(isOver ? "✅" : "🔴"), `${one.what}, ${locale}: ${shown}`);
      }
    }
  });
}

Deno.test("a mail's subject tells how bad it is, what and where, and nothing of the status", async () => {
  const table = [["zh", "[严重] "], ["en", "[Critical] "]] as const;
  for (const [locale, severity] of table) {
    for (const one of CASES) {
      const { message } = await sent(email, {}, one, locale);
      const { subject } = mailOf(
        { from: { name: "", address: "a@example.com" }, bouncesTo: "a@example.com" },
        message,
        { now: NOW, shown: [], open: [] },
      );
      assert.ok(subject.startsWith(severity) && subject.includes(one.name), subject);
      assert.ok(subject.includes("prod") || one.alerts.length > 1, subject);
      assert.doesNotMatch(subject, /告警中|已恢复|Firing|Resolved|🔴|✅/);
    }
  }
});
