import { defineChannel, laneAt, robotAddress, secret, server, z } from "../relay/channel.ts";
import { ROBOT_THROTTLE, verdictOn } from "./_dingtalk/answer.ts";
import { contentOf, DINGTALK_MARKDOWN, MENTIONS } from "./_dingtalk/content.ts";
import { ROBOT_REMEDIES } from "./_dingtalk/remedies.ts";
import { signedAddress } from "./_dingtalk/robot_address.ts";

const MINUTE = 60_000;

/** All signing secrets of this host have the same prefix; those of a private deployment may differ. */
const PUBLIC_HOST = "oapi.dingtalk.com";

const config = z.object({
  token: secret("Access token", {
    description: "What follows access_token= in the robot's webhook address.",
    part: "what follows access_token=",
  }),
  secret: secret("Signing secret", {
    optional: true,
    description: "Starts with SEC; for robots whose security setting is a signature.",
  }),
  base: server({
    default: `https://${PUBLIC_HOST}`,
    description: "What stands before /robot/send: only for private deployments and the simulator.",
  }),
  keyword: z.string().trim().min(1).max(100).optional().meta({
    title: "Keyword",
    description: "For robots whose security setting is a keyword: added to each message that lacks it.",
  }),
  form: z.enum(["markdown", "text", "link", "actionCard", "feedCard"]).default("markdown").meta({
    title: "Form",
    description:
      "What a link or a card cannot hold, such as an alert without a link, goes as text or markdown.",
  }),
  mentions: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description: "The people to mention, whose phones ring. Links and feed cards cannot mention anybody.",
  }),
}).refine(({ base, secret = "SEC" }) => secret.startsWith("SEC") || new URL(base).host !== PUBLIC_HOST, {
  path: ["secret"],
  error: 'must begin with "SEC": copy it from the robot\'s security settings, where a signature is chosen',
});

export default defineChannel({
  name: "dingtalk_robot",
  markup: "dingtalk",
  title: "DingTalk robot",
  docs: "https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages",
  config,
  limits: {
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    bodyBytes: 13_000, // our choice: 5,000 of a request's 18,000 bytes are for links and mentions
    recipients: MENTIONS,
    rates: [{ messages: 20, per: MINUTE, penalty: ROBOT_THROTTLE }], // the page above
  },
  form: ({ form }) => form === "markdown" || form === "actionCard" ? "markdown" : "text",
  buttons: ({ form }) => form === "actionCard",
  markdown: DINGTALK_MARKDOWN,
  card: ({ form }, { buttons }) => form === "actionCard" && buttons ? { colour: "none", buttons } : undefined,
  combine: ({ form }) => form === "link" ? "single" : "payload",
  lane: ({ base, token }) => laneAt(base, token),
  idempotent: true, // by msgUuid
  request: async (config, message, { now }) => ({
    url: await signedAddress(config, now),
    json: { ...contentOf(config, message), msgUuid: message.id }, // DingTalk posts the same msgUuid only once
  }),
  verdict: verdictOn,
  // The page above, and answers seen in the field: channels/_dingtalk/answer.ts
  fixtures: {
    accepted: [{ json: { errcode: 0, errmsg: "ok" } }],
    throttled: [
      { json: { errcode: 130101, errmsg: "send too fast, exceed 20 times per minute" }, waitMs: 600_000 },
      { json: { errcode: "410100", errmsg: "send too fast" }, waitMs: 600_000 },
      {
        about: "the gateway",
        json: { status: 1111, wait: 5, source: "x5", punish: "deny" },
        waitMs: 300_000,
      },
    ],
    refused: [
      { about: "no such token", json: { errcode: 300005, errmsg: "token is not exist" }, what: "config" },
      {
        about: "the keyword is missing",
        json: { errcode: 310000, errmsg: "keywords not in content" },
        what: "config",
      },
      { json: { errcode: 460101, errmsg: "message too long, exceed 20000 bytes" }, what: "payload" },
    ],
    retried: [{ json: { errcode: -1, errmsg: "system busy" } }],
  },
  remedies: ROBOT_REMEDIES,
  target: {
    hosts: [PUBLIC_HOST, "oapi.dingtalk.io"],
    example: `https://${PUBLIC_HOST}/robot/send?access_token=0123abcd`,
    read: (url) => {
      const read = robotAddress(url, { path: "/robot/send", parameter: "access_token" });
      if (typeof read === "string") return read;
      const secret = url.searchParams.get("secret");
      return { token: read.credential, base: read.base, ...secret ? { secret } : {} };
    },
    member: (mobile) => ({ id: mobile, mobile }),
  },
  sample: {
    token: "A0/+=&%23 cd",
    secret: "SEC+/=&%26 机\n",
    base: "https://oapi.dingtalk.com/",
    keyword: '告警 "</script>',
    mentions: "members",
  },
});
