import { startDingTalk } from "../../simulator/dingtalk.ts";
import { startDingTalkEnterprise } from "../../simulator/dingtalk_enterprise.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { startOcp } from "../../simulator/ocp.ts";
import { startSink } from "../../simulator/sink.ts";
import { startTelegram } from "../../simulator/telegram.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { startWeComEnterprise } from "../../simulator/wecom_enterprise.ts";
import type { TestClock } from "../kit/clock.ts";
import { type Certificate, startSmtp } from "../kit/smtp.ts";

/** The vendors of the golden messages, by the name of the destination. */
export const VENDORS = [
  "dingtalk_robot",
  "dingtalk_robot_text",
  "wecom_robot",
  "feishu_robot",
  "telegram",
  "email",
  "dingtalk_chat",
  "wecom_app",
  "webhook",
  "ocp",
] as const;

/** One of {@linkcode VENDORS}. */
export type Vendor = typeof VENDORS[number];

/** One message as a vendor got it. */
export interface Sent {
  readonly vendor: Vendor;
  /** The request's JSON; of a mail the subject, the text and the HTML. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The size of the request's body; of a mail the size of its text and HTML. */
  readonly bytes: number;
}

/** The vendors and their messages. */
export interface Wire extends AsyncDisposable {
  /** The destinations of a group, as YAML. */
  destinations(vendors: readonly Vendor[]): string;
  /** The `fetch` of the relay. */
  readonly fetch: typeof globalThis.fetch;
  /** Messages since the last call, in the order of {@linkcode VENDORS}. @throws if a vendor refused one. */
  take(): Sent[];
}

const ENTERPRISE = { appKey: "ding1", appSecret: "ding-secret", templateId: "t-1" };
const APP = { corpid: "ww1", secret: "wecom-secret", agentid: 1_000_002 };

/** Paths of messages; other requests ask for a token or create a chat. */
const POSTS =
  /\/(robot\/send|webhook\/send|hook\/[^/]+|message\/send|sendMessage|groupMessages\/send|alarms|alerts)$/;

/** Start all vendors on loopback. */
export async function startVendors(
  { clock, certificate }: { clock: TestClock; certificate: Certificate },
): Promise<Wire> {
  const now = (): number => clock.now();
  const dingtalk = await startDingTalk({ now, robots: [{ token: "markdown" }, { token: "text" }] });
  const wecom = await startWeCom({ now, robots: ["golden"] });
  const feishu = await startFeishu({ now, robots: [{ token: "golden" }] });
  const telegram = await startTelegram({ now, token: "1:golden", chats: [{ id: -1 }] });
  const chats = await startDingTalkEnterprise({ now, app: ENTERPRISE, staff: [{ user: "user1" }] });
  const app = await startWeComEnterprise({ now, app: APP, members: [{ user: "LiLei" }] });
  const sink = await startSink({ now });
  const ocp = await startOcp({
    now,
    users: { fenghuo: "golden" },
    rules: ["fenghuo_alert"],
    limit: { requests: 1_000, per: 60_000 },
  });
  const smtp = await startSmtp({ certificate });
  const lines: Readonly<Record<Vendor, string>> = {
    dingtalk_robot: `{ channel: dingtalk_robot, config: { token: markdown, base: "${dingtalk.url}" } }`,
    dingtalk_robot_text:
      `{ name: dingtalk_robot_text, channel: dingtalk_robot, config: { token: text, form: text, base: "${dingtalk.url}" } }`,
    wecom_robot: `{ channel: wecom_robot, config: { key: golden, base: "${wecom.url}" } }`,
    feishu_robot: `{ channel: feishu_robot, config: { token: golden, base: "${feishu.url}" } }`,
    telegram:
      `{ channel: telegram, config: { token: "1:golden", chat: "-1", follow: new, base: "${telegram.url}" } }`,
    email: `{ channel: email, config: { host: localhost, port: ${smtp.port}, from: fenghuo@example.com, ca: ${
      JSON.stringify(certificate.cert)
    } } }`,
    dingtalk_chat:
      `{ channel: dingtalk_chat, config: { appKey: ${ENTERPRISE.appKey}, appSecret: ${ENTERPRISE.appSecret}, templateId: ${ENTERPRISE.templateId}, owner: user1, base: "${chats.url}" } }`,
    wecom_app:
      `{ channel: wecom_app, config: { corpid: ${APP.corpid}, secret: ${APP.secret}, agentid: ${APP.agentid}, base: "${app.url}" } }`,
    webhook: `{ channel: webhook, config: { url: "${sink.url}/alerts" } }`,
    ocp:
      `{ channel: ocp, config: { base: "${ocp.url}", user: fenghuo, password: golden, alarm_type: fenghuo_alert, repeat_seconds: 0 } }`,
  };
  const byHost: Readonly<Record<string, (url: URL) => Vendor>> = {
    [new URL(dingtalk.url).host]: ({ searchParams }) =>
      searchParams.get("access_token") === "text" ? "dingtalk_robot_text" : "dingtalk_robot",
    [new URL(wecom.url).host]: () => "wecom_robot",
    [new URL(feishu.url).host]: () => "feishu_robot",
    [new URL(telegram.url).host]: () => "telegram",
    [new URL(chats.url).host]: () => "dingtalk_chat",
    [new URL(app.url).host]: () => "wecom_app",
    [new URL(sink.url).host]: () => "webhook",
    [new URL(ocp.url).host]: () => "ocp",
  };
  let sent: Sent[] = [];
  let refused: string[] = [];
  let mails = 0;
  return {
    destinations: (vendors) => vendors.map((vendor) => `      - ${lines[vendor]}`).join("\n"),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const text = await request.clone().text();
      const response = await fetch(request);
      if (!POSTS.test(url.pathname)) return response;
      const answer = await response.text();
      const vendor = byHost[url.host]!(url);
      if (!response.ok || /"(errcode|code)":\s*[1-9]|"ok":false/.test(answer)) {
        refused.push(`${vendor}: ${answer}`);
      }
      sent.push({ vendor, body: JSON.parse(text), bytes: new TextEncoder().encode(text).length });
      return new Response(answer, response);
    },
    take: () => {
      for (; mails < smtp.mails.length; mails++) {
        const { mail: { subject = "", text = "", html = "" } } = smtp.mails[mails]!;
        const body = { subject, text, html: html || "" };
        sent.push({ vendor: "email", body, bytes: new TextEncoder().encode(text + html).length });
      }
      if (refused.length > 0) throw new Error(`A vendor refused a golden message: ${refused.join("; ")}`);
      const order = (one: Sent): number => VENDORS.indexOf(one.vendor);
      const taken = sent.toSorted((a, b) => order(a) - order(b));
      [sent, refused] = [[], []];
      return taken;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const server of [dingtalk, wecom, feishu, telegram, chats, app, sink, ocp, smtp]) {
        await server[Symbol.asyncDispose]();
      }
    },
  };
}
