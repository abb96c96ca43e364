/**
 * The requests to vendors of cards about one incident, from firing through all of people's actions until it is
 * resolved.
 */
import dingtalk from "../../channels/dingtalk_card.ts";
import feishu from "../../channels/feishu_app.ts";
import slack from "../../channels/slack.ts";
import type { Channel, ChannelRequest, Message, Receipt, Verdict } from "../../relay/channel.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import type { Entry } from "../../relay/message/entry.ts";
import { DEFAULT_LABEL_RULES } from "../../relay/message/labels.ts";
import { Renderer } from "../../relay/message/renderer.ts";
import { startDingTalkEnterprise } from "../../simulator/dingtalk_enterprise.ts";
import { startFeishuApp } from "../../simulator/feishu_app.ts";
import { startSlack } from "../../simulator/slack.ts";
import { alert, entry, group } from "../kit/domain.ts";
import { templates } from "../kit/templates.ts";
import { deliver, requestOf } from "../channels/_send.ts";
import { Talk } from "../channels/_talk.ts";

const MINUTE = 60_000;
/** 03:10 in Shanghai. */
const FIRED = Date.UTC(2026, 10, 20, 19, 10);
const at = (minutes: number): number => FIRED + minutes * MINUTE;

const PEOPLE = [
  { id: "li.lei", name: "李雷", slack: "U0000001", feishu: "ou_1", dingtalk: "user1" },
  { id: "han.mei", name: "韩梅梅", slack: "U0000002", feishu: "ou_2", dingtalk: "user2" },
];
const DISK = alert({
  severity: "critical",
  title: "DiskFull",
  text: "97 % of /data is used",
  labels: { alertname: "DiskFull", instance: "db-1:9100" },
  startsAt: FIRED,
  links: [{ kind: "runbook", url: "https://runbooks.example.com/disk" }],
});
const OVER = { ...DISK, status: "resolved" } as const;
const TAKEN = { by: "李雷", holder: "李雷", since: at(2), until: at(122) };
const ASSIGNED = { by: "王芳", holder: "韩梅梅", since: at(140) };

/** The life of the incident: each message, in its order. */
const LIFE: readonly [minutes: number, own: Partial<Entry>][] = [
  [0, { reason: "first" }],
  [2, { reason: "acknowledged", by: "李雷", handling: TAKEN }],
  [122, { reason: "expired", by: "李雷" }],
  [122, { reason: "unacknowledged" }],
  [132, { reason: "escalated", by: "王芳、韩梅梅" }],
  [140, { reason: "acknowledged", by: "王芳", handling: ASSIGNED }],
  [155, { reason: "closed", by: "韩梅梅", remark: "换了磁盘", alert: { ...OVER, endsAt: at(155) } }],
  [165, { reason: "reopened", by: "李雷", remark: "又满了" }],
  [166, { reason: "acknowledged", by: "李雷", handling: { by: "李雷", holder: "李雷", since: at(166) } }],
  [177, {
    reason: "resolved",
    handling: { by: "李雷", holder: "李雷", since: at(166) },
    alert: { ...OVER, endsAt: at(177) },
  }],
];

/** Sends the messages of the life to a vendor. */
interface Vendor extends AsyncDisposable {
  readonly channel: Channel;
  readonly config: object;
  /** Its requests, without its own address: `POST /api/chat.postMessage {…}`. */
  got(): readonly string[];
  send(message: Message, now: number): Promise<Verdict>;
}

/** A request as the vendor gets it. */
function lineOf(request: ChannelRequest, base: string): string {
  const { method = "POST", url } = request;
  return `${method} ${url.replace(base, "")} ${encodeRequest(request).body ?? ""}`;
}

const VENDORS: Record<string, () => Promise<Vendor>> = {
  slack: async () => {
    let now = FIRED;
    const server = await startSlack({ token: "xoxb-1", channels: [{ id: "C0000001" }], now: () => now });
    const config = { token: "xoxb-1", channel: "C0000001", mention: "members", base: server.url };
    const got: string[] = [];
    return {
      channel: slack,
      config,
      got: () => got,
      send: async (message, time) => {
        now = time;
        got.push(lineOf(await requestOf(slack, config, message, { now }), server.url));
        return await deliver(slack, config, message, { now });
      },
      [Symbol.asyncDispose]: () => server.close(),
    };
  },
  feishu_app: async () => {
    const app = { appId: "cli_1", appSecret: "s" };
    const recorder = new Recorder(feishu);
    const server = await startFeishuApp({
      app,
      chats: [{ id: "oc_1", members: ["ou_1", "ou_2"] }],
      now: () => recorder.talk.now,
    });
    const config = { ...app, chat: "oc_1", mentions: "members", base: BASE };
    recorder.url = server.url;
    return spoken(recorder, { channel: feishu, config, server });
  },
  dingtalk_card: async () => {
    const app = { appKey: "ding1", appSecret: "s" };
    const recorder = new Recorder(dingtalk);
    const server = await startDingTalkEnterprise({
      app,
      staff: [{ user: "user1" }, { user: "user2" }],
      cards: { chats: ["cid1"] },
      now: () => recorder.talk.now,
    });
    const config = {
      ...app,
      conversation: "cid1",
      templateId: "card.schema",
      mentions: "members",
      base: BASE,
    };
    recorder.url = server.url;
    return spoken(recorder, { channel: dingtalk, config, server });
  },
};

/** The address of the vendors in the requests: values derived from it are the same each time. */
const BASE = "https://vendor.example.com";

/** A conversation that records its requests, and sends them to a server. */
class Recorder {
  readonly got: ChannelRequest[] = [];
  readonly talk: Talk;
  url = "";

  constructor(channel: Channel) {
    this.talk = new Talk(channel, (request) => {
      this.got.push(request);
      return { ...request, url: request.url.replace(BASE, this.url) };
    });
  }
}

function spoken(
  { talk, got }: Recorder,
  { channel, config, server }: { channel: Channel; config: object; server: { close(): Promise<void> } },
): Vendor {
  return {
    channel,
    config,
    got: () => got.map((request) => lineOf(request, BASE)).filter((line) => !/^POST \S*token/i.test(line)),
    send: async (message, now) => {
      talk.now = now;
      return await talk.send(config, message);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function messageOf(
  { channel, config }: Vendor,
  [minutes, own]: typeof LIFE[number],
  number: number,
): Promise<Message> {
  const renderer = new Renderer({
    config: {
      links: [],
      publicUrl: "https://fenghuo.example.com",
      labelRules: DEFAULT_LABEL_RULES,
      key: "k".repeat(32),
    },
    templates,
    channels: { get: () => undefined },
    groups: { get: () => undefined },
  });
  const alertId = `${"0".repeat(26)}-000`;
  const { message } = await renderer.message([entry(DISK, 0, { alertId, at: at(minutes), ...own })], {
    group: group({ members: PEOPLE }),
    channel,
    channelConfig: channel.config.parse(config),
    destination: "ops/default/cards",
    now: at(minutes),
    messageId: () => `m-${number}`,
  });
  return message;
}

/** The files' folder. */
export const CARDS = new URL("cards/", import.meta.url);

/** Each vendor's requests, by the name of its file. @throws when a vendor refuses a message */
export async function cardPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for (const [name, start] of Object.entries(VENDORS)) {
    await using vendor = await start();
    let earlier: Receipt | undefined;
    for (const [number, step] of LIFE.entries()) {
      const message = await messageOf(vendor, step, number);
      const { reason } = message;
      const verdict = await vendor.send(earlier ? { ...message, earlier } : message, at(step[0]));
      if (verdict.kind !== "delivered") throw new Error(`${name} refuses ${reason}: ${verdict.because}`);
      earlier = reason === "closed" || reason === "resolved" ? undefined : verdict.receipt ?? earlier;
    }
    pages.set(`${name}.txt`, `${vendor.got().join("\n")}\n`);
  }
  return pages;
}
