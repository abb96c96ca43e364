import {
  defineChannel,
  laneAt,
  type Member,
  type Message,
  robotAddress,
  secret,
  server,
  utf8Bytes,
  z,
} from "../relay/channel.ts";
import { verdictOn } from "./_wecom/answer.ts";
import { WECOM_MARKDOWN } from "./_wecom/markdown.ts";
import { ROBOT_REMEDIES } from "./_wecom/remedies.ts";

const config = z.object({
  key: secret("Key", {
    description: "What follows key= in the robot's webhook address.",
    part: "what follows key=",
  }),
  base: server({
    default: "https://qyapi.weixin.qq.com",
    description: "What stands before /cgi-bin/webhook/send: only for private deployments and the simulator.",
  }),
  form: z.enum(["markdown", "text"]).default("markdown").meta({
    title: "Form",
    description: "Markdown holds twice as much as text, and is shown in WeCom only, not in WeChat.",
  }),
  mentions: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description: "The people to mention, whose phones ring. Everybody can only be mentioned in a text: " +
      "with all, each message is one. Markdown mentions by user id only; a text also by mobile number.",
  }),
});

type Config = z.output<typeof config>;

/** In bytes of UTF-8: https://developer.work.weixin.qq.com/document/path/91770 */
const CONTENT_BYTES = { text: 2_048, markdown: 4_096 };

/** 20 messages a minute: the same page. Whether its window slides is not said; a sliding one is safe in both cases. */
const RATES = [{ messages: 20, per: 60_000 }];

/** Ours, as the page names no number: people called in one message. */
const MENTIONS = 50;

/** Our choice: bytes of a markdown message for mentions. */
const MENTIONS_BYTES = 1_000;

/** Our choice: bytes of a text for the count of people over the limit. */
const MORE_BYTES = 20;

export default defineChannel({
  name: "wecom_robot",
  title: "WeCom robot",
  docs: "https://developer.work.weixin.qq.com/document/path/91770",
  config,
  limits: (config) => ({
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    body: { bytes: CONTENT_BYTES[formOf(config)] - roomForCalls(config) },
    recipients: MENTIONS,
    rates: RATES,
  }),
  form: formOf,
  markdown: WECOM_MARKDOWN,
  lane: ({ base, key }) => laneAt(base, key),
  request: (config, message) => ({
    url: `${config.base}/cgi-bin/webhook/send?key=${encodeURIComponent(config.key)}`,
    json: message.plain || formOf(config) === "text" ? textOf(config, message) : markdownOf(config, message),
  }),
  verdict: verdictOn,
  // https://developer.work.weixin.qq.com/document/path/90313
  fixtures: {
    accepted: [{ json: { errcode: 0, errmsg: "ok" } }],
    throttled: [{ json: { errcode: 45009, errmsg: "api freq out of limit" } }],
    refused: [
      { about: "no such robot", json: { errcode: 93000, errmsg: "invalid webhook url" }, what: "config" },
      { json: { errcode: 40058, errmsg: "markdown.content exceed max length 4096" }, what: "payload" },
    ],
    retried: [{ json: { errcode: -1, errmsg: "system busy" } }],
  },
  remedies: ROBOT_REMEDIES,
  target: {
    hosts: ["qyapi.weixin.qq.com"],
    read: (url) => {
      const read = robotAddress(url, { path: "/cgi-bin/webhook/send", parameter: "key" });
      return typeof read === "string" ? read : { key: read.credential, base: read.base };
    },
    member: (wecom) => ({ id: wecom, wecom }),
  },
  sample: {
    key: "A0/+=&%23 cd",
    base: "https://qyapi.weixin.qq.com/",
    mentions: "members",
  },
});

function formOf({ form, mentions }: Config): "markdown" | "text" {
  return mentions === "all" ? "text" : form;
}

function roomForCalls(config: Config): number {
  if (config.mentions !== "members") return 0;
  return callsInText(config) ? MENTIONS_BYTES : MORE_BYTES;
}

function callsInText(config: Config): boolean {
  return config.mentions === "members" && formOf(config) === "markdown";
}

function textOf({ mentions }: Config, message: Message): unknown {
  const known = mentions === "members"
    ? message.recipients.filter(({ wecom, mobile }) => wecom || mobile)
    : [];
  const people = known.slice(0, MENTIONS);
  const lists = mentions === "all" ? { mentioned_list: ["@all"] } : {
    ...listOf("mentioned_list", people.map(({ wecom }) => wecom)),
    ...listOf("mentioned_mobile_list", people.filter(({ wecom }) => !wecom).map(({ mobile }) => mobile)),
  };
  const end = moreOf(known.length - people.length, "\n@");
  return { msgtype: "text", text: { content: bodyOf(message) + end, ...lists } };
}

function markdownOf(config: Config, message: Message): unknown {
  const calls = callsInText(config) ? callsOf(message.recipients) : "";
  const end = calls === "" ? "" : `\n\n${calls}`;
  return { msgtype: "markdown", markdown: { content: bodyOf(message) + end } };
}

/** As many calls as there is room for. A user id has letters, digits and `_-@.`; what else there is would be markup. */
function callsOf(people: readonly Member[]): string {
  const known = people.filter(({ wecom = "" }) => /^[\w.@-]+$/.test(wecom)).map(({ wecom }) => `<@${wecom}>`);
  let count = Math.min(known.length, MENTIONS);
  const calls = (): string => known.slice(0, count).join(" ") + moreOf(known.length - count, " ");
  while (utf8Bytes(calls()) > MENTIONS_BYTES - 2) count--;
  return calls();
}

/** The count of people over the limit: `… +7`. */
function moreOf(count: number, before: string): string {
  return count > 0 ? `${before}… +${count}` : "";
}

/** WeCom refuses an empty content. */
function bodyOf({ body, title, severity }: Message): string {
  return body.trim() === "" ? title.trim() || severity : body;
}

function listOf(name: string, values: readonly (string | undefined)[]): Record<string, string[]> {
  const known = values.filter((value) => value !== undefined && value !== "") as string[];
  return known.length === 0 ? {} : { [name]: known };
}
