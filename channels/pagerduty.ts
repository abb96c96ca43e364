import {
  defineChannel,
  laneAt,
  refused,
  remedy,
  retryAfter,
  secret,
  server,
  throttled,
  z,
} from "../relay/channel.ts";
import { fieldsOf, wordsOf } from "./_answers/json.ts";
import { EVENTS, readEvent } from "./_pagerduty/callback.ts";
import { eventOf, LIMITS } from "./_pagerduty/event.ts";

const config = z.object({
  routing_key: secret("Integration key", {
    description: "Of an integration Events API v2: 32 characters.",
  }),
  webhook_secret: secret("Webhook secret", {
    optional: true,
    description: "Of a Generic Webhook (v3): with it, what people do in PagerDuty is done here, too.",
  }),
  base: server({
    default: "https://events.pagerduty.com",
    description: "What stands before /v2/enqueue: https://events.eu.pagerduty.com for an account in the EU.",
  }),
});

/** That page advises a wait of a few minutes. */
const DEFAULT_WAIT = 3 * 60_000;

export default defineChannel({
  api: 1,
  name: "pagerduty",
  title: "PagerDuty",
  docs: "https://developer.pagerduty.com/docs/events-api-v2-overview",
  config,
  limits: {
    request: { bytes: LIMITS.request },
    parallel: 4, // our choice
    rates: [{ messages: 120, per: 60_000 }], // of a key; PagerDuty's community says so, its page names no number
  },
  combine: "single", // an event is about one alert, and PagerDuty groups them by itself
  digest: false,
  idempotent: true, // by dedup_key
  events: ["acknowledged", "closed"],
  lane: ({ base, routing_key }) => laneAt(base, routing_key),
  request: ({ base, routing_key }, message) => ({
    url: `${base}/v2/enqueue`,
    json: { routing_key, ...eventOf(message) },
  }),
  success: ({ status, json }) => status === 202 && fieldsOf(json).status === "success",
  verdict: (response, { now }) => {
    const { message, errors } = fieldsOf(response.json);
    const words = wordsOf(`HTTP ${response.status}`, message, ...Array.isArray(errors) ? errors : []);
    if (response.status === 429) {
      return throttled(words, { waitMs: retryAfter(response.headers, { now }) ?? DEFAULT_WAIT });
    }
    // The address is the same for all keys, so a wrong key is a wrong event.
    return response.status === 400 && /routing.key/i.test(words) ? refused("config", words) : undefined;
  },
  callback: {
    enabled: ({ webhook_secret }) => webhook_secret !== undefined,
    help: "In PagerDuty: Integrations, Generic Webhooks (v3), New Webhook, with the events of incidents.",
    read: ({ webhook_secret = "" }, request, context) => readEvent(webhook_secret, request, context),
  },
  // https://developer.pagerduty.com/docs/events-api-v2-overview
  fixtures: {
    accepted: [{ status: 202, json: { status: "success", message: "Event processed", dedup_key: "f1" } }],
    throttled: [
      {
        status: 429,
        waitMs: DEFAULT_WAIT,
        json: { status: "throttle exceeded", message: "Requests are too fast" },
      },
      { status: 429, headers: { "retry-after": "30" }, waitMs: 30_000, text: "" },
    ],
    refused: [
      {
        about: "the key is not valid",
        what: "config",
        status: 400,
        json: {
          status: "invalid event",
          message: "Event object is invalid",
          errors: ["Invalid routing key"],
        },
      },
      {
        about: "a field",
        what: "payload",
        status: 400,
        json: {
          status: "invalid event",
          message: "Event object is invalid",
          errors: ["'payload.summary' is missing or blank"],
        },
      },
      { about: "a page", what: "payload", status: 200, text: "<html></html>" },
    ],
    retried: [{ status: 500, text: "" }, { status: 503, text: "" }],
    callbacks: EVENTS,
  },
  remedies: [
    remedy(/routing.key/i, {
      zh: ["集成密钥无效", "请在 PagerDuty 服务的 Integrations → Events API v2 重新复制 Integration Key"],
      en: [
        "The integration key is not valid",
        "Copy it again from the service's Integrations → Events API v2",
      ],
    }),
    remedy(/HTTP 400/, {
      zh: ["PagerDuty 不接受该事件", "请查看返回信息，核对告警的标题与标签"],
      en: [
        "The event is not accepted",
        "Read what PagerDuty answered, and check the alert's title and labels",
      ],
    }),
    remedy(/HTTP 20\d/, {
      zh: ["应答不是 PagerDuty 的", "请核对“服务器”地址"],
      en: ["The answer is not PagerDuty's", "Check the server's address"],
    }),
  ],
  words: {
    zh: {
      "Integration key": "集成密钥",
      "Of an integration Events API v2: 32 characters.": "Events API v2 集成的 Integration Key，32 个字符",
      "Webhook secret": "Webhook 密钥",
      "Of a Generic Webhook (v3): with it, what people do in PagerDuty is done here, too.":
        "Generic Webhook (v3) 的密钥；填写后，在 PagerDuty 中的确认、解决与改派同步到这里。",
      "In PagerDuty: Integrations, Generic Webhooks (v3), New Webhook, with the events of incidents.":
        "在 PagerDuty 的 Integrations → Generic Webhooks (v3) → New Webhook 中填写，并勾选 incident 事件。",
      "What stands before /v2/enqueue: https://events.eu.pagerduty.com for an account in the EU.":
        "/v2/enqueue 之前的地址；欧盟账户为 https://events.eu.pagerduty.com",
    },
  },
  sample: {
    routing_key: "R0/+=&%23 cd",
    webhook_secret: "W0/+=&%23 cd",
    base: "https://pagerduty.example.com/",
  },
});
