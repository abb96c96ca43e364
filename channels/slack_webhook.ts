import { defineChannel, laneAt, webhookAddress, z } from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { RICH_TEXT } from "./_chat/rich_text.ts";
import { MENTION_WORDS, mentionField } from "./_chat/mentions.ts";
import { contentOf, VISIBLE_CHARS } from "./_slack/message.ts";
import { webhookUrl } from "./_chat/webhook_url.ts";
import { REMEDIES } from "./_slack/remedies.ts";

const config = z.object({
  url: webhookUrl("https://hooks.slack.com/services/T…/B…/…"),
  mention: mentionField,
});

export default defineChannel({
  api: 1,
  name: "slack_webhook",
  title: "Slack webhook",
  docs: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
  config,
  words: {
    zh: {
      "Slack webhook": "Slack Webhook",
      "Slack member id": "Slack 成员 ID",
      "U…, from the member's profile": "U…，见成员资料",
      ...MENTION_WORDS,
    },
  },
  limits: {
    titleChars: 150,
    visible: { characters: VISIBLE_CHARS },
    alerts: 500, // our choice: alike alerts share a line
    rates: [{ messages: 1, per: 1_000 }], // https://docs.slack.dev/apis/web-api/rate-limits
  },
  form: RICH_TEXT,
  titleApart: true,
  buttons: true,
  address: { name: "slack", title: "Slack member id", description: "U…, from the member's profile" },
  // The last part of the path is the credential.
  lane: ({ url }) => laneAt(new URL(".", url).href),
  request: ({ url, mention }, message) => ({ url, json: contentOf(message, { mention }) }),
  verdict: (response) => confirmed(response, response.text.trim() === "ok"),
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
  fixtures: {
    accepted: [{ text: "ok" }],
    throttled: [{ status: 429, headers: { "retry-after": "30" }, text: "rate_limited", waitMs: 30_000 }],
    refused: [
      { status: 400, text: "invalid_payload", what: "payload" },
      { status: 400, text: "invalid_blocks", what: "payload" },
      { status: 403, text: "action_prohibited", what: "config" },
      { status: 404, text: "no_service", what: "config" },
      { status: 410, text: "channel_is_archived", what: "config" },
    ],
    retried: [{ status: 500, text: "rollup_error" }, { about: "a page", text: "<html></html>" }],
  },
  remedies: REMEDIES,
  target: {
    hosts: ["hooks.slack.com"],
    example: "https://hooks.slack.com/services/T00000000/B00000000/0123abcd",
    read: (url) =>
      webhookAddress(url, { path: /\/services\/[^/]+\/[^/]+\/[^/]+$/, shape: "/services/T…/B…/…" }),
  },
  sample: {
    url: "https://hooks.slack.com/services/T00000000/B00000000/A0%2B%2F%3D%26cd",
    mention: "members",
  },
});
