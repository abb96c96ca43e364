import {
  defineChannel,
  delivered,
  laneAt,
  refused,
  remedy,
  secret,
  server,
  throttled,
  type Verdict,
  verdictByStatus,
  z,
} from "../relay/channel.ts";
import { fieldsOf } from "./_answers/json.ts";
import { LIMITS, requestsOf } from "./_opsgenie/requests.ts";

const config = z.object({
  key: secret("API key", { description: "Of an API integration of the team, which may create and update." }),
  base: server({
    default: "https://api.atlassian.com/jsm/ops/integration/v2/alerts",
    title: "Alerts API",
    description:
      "Jira Service Management by default; https://api.opsgenie.com/v2/alerts or https://api.eu.opsgenie.com/v2/alerts for Opsgenie.",
  }),
  team: z.string().min(1).optional().meta({
    title: "Team",
    description: "The team that responds, by name. Default: the integration's own team.",
  }),
  // The sizes of https://docs.opsgenie.com/docs/alerts-and-alert-fields
  tags: z.array(z.string().min(1).max(50)).max(20).default([]).meta({
    title: "Tags",
    description: "Added to every alert.",
  }),
});

export default defineChannel({
  api: 1,
  name: "opsgenie",
  title: "Jira Service Management / Opsgenie",
  docs: "https://docs.opsgenie.com/docs/alert-api",
  config,
  limits: {
    titleChars: LIMITS.message,
    body: { characters: LIMITS.description },
    parallel: 4, // our choice
  },
  titleApart: true,
  combine: "single", // an alert there has one alias
  digest: false,
  idempotent: true, // by alias
  events: ["acknowledged", "closed"],
  lane: ({ base, key }) => laneAt(base, key),
  send: async (config, message, { fetch, now }) => {
    let verdict: Verdict = delivered();
    for (const request of requestsOf(config, message)) {
      verdict = verdictOn(await fetch(request), { now });
      if (verdict.kind !== "delivered") return verdict;
    }
    return verdict;
  },
  // https://docs.opsgenie.com/docs/response and https://docs.opsgenie.com/docs/api-rate-limiting
  fixtures: {
    accepted: [{
      status: 202,
      json: {
        result: "Request will be processed",
        took: 0.302,
        requestId: "43a29c5c-3dbf-4fa4-9c26-f4f71023e120",
      },
    }],
    throttled: [
      {
        status: 429,
        headers: { "x-ratelimit-period-in-sec": "60" },
        waitMs: 60_000,
        json: { message: "You are making too many requests!", took: 0, requestId: "x" },
      },
    ],
    refused: [
      {
        about: "the key is not valid",
        what: "config",
        status: 401,
        json: { message: "Could not authenticate", took: 0, requestId: "x" },
      },
      {
        about: "the key may not create",
        what: "config",
        status: 403,
        json: { message: "Api Key is not authorized to access Alert API", took: 0, requestId: "x" },
      },
      { about: "another address", what: "config", status: 404, json: { message: "Not found" } },
      {
        about: "a field",
        what: "payload",
        status: 422,
        json: {
          message: "Request body is not processable.",
          took: 0,
          errors: { message: "may not be empty" },
        },
      },
      { about: "a page", what: "payload", status: 200, text: "<html></html>" },
    ],
    retried: [{ status: 500, text: "" }, { status: 503, json: { message: "Service unavailable" } }],
  },
  remedies: [
    remedy(/HTTP (401|403)/, {
      zh: [
        "API 密钥无效，或没有创建告警的权限",
        "请在团队的 Integrations → API 重新复制密钥，并勾选创建与更新权限",
      ],
      en: [
        "The API key is not valid or may not create alerts",
        "Copy it from the team's Integrations → API, and allow it to create and update",
      ],
    }),
    remedy(/HTTP 404/, {
      zh: [
        "该地址没有告警 API",
        "请核对“告警 API”地址；Opsgenie 将于 2027-04-05 停止服务，请改用 Jira Service Management 的地址",
      ],
      en: [
        "There is no alerts API at this address",
        "Check the address; Opsgenie ends on 2027-04-05: use the one of Jira Service Management",
      ],
    }),
    remedy(/HTTP 422/, {
      zh: ["告警的字段不被接受", "请查看返回信息，核对团队名、标签与模板"],
      en: ["A field of the alert is not accepted", "Read the answer, and check team, tags and template"],
    }),
    remedy(/HTTP 20\d/, {
      zh: ["应答不是告警 API 的", "请核对“告警 API”地址"],
      en: ["The answer is not the alerts API's", "Check its address"],
    }),
  ],
  words: {
    zh: {
      "API key": "API 密钥",
      "Of an API integration of the team, which may create and update.":
        "团队 API 集成的密钥，需有创建与更新权限",
      "Alerts API": "告警 API",
      "Jira Service Management by default; https://api.opsgenie.com/v2/alerts or https://api.eu.opsgenie.com/v2/alerts for Opsgenie.":
        "默认为 Jira Service Management；Opsgenie 为 https://api.opsgenie.com/v2/alerts 或 https://api.eu.opsgenie.com/v2/alerts",
      "The team that responds, by name. Default: the integration's own team.":
        "由哪个团队处理（团队名）；默认为集成所属的团队",
      "Tags": "标签",
      "Added to every alert.": "加到每条告警上",
    },
  },
  sample: {
    key: "A0/+=&%23 cd",
    base: "https://opsgenie.example.com/v2/alerts/",
    team: '运维 "dba"',
    tags: ["edge-1"],
  },
});

function verdictOn(response: Parameters<typeof verdictByStatus>[0], context: { now: number }): Verdict {
  const { status, headers, json } = response;
  const period = Number(headers.get("x-ratelimit-period-in-sec"));
  if (status === 429 && period > 0) return throttled("HTTP 429", { waitMs: period * 1_000 });
  const verdict = verdictByStatus(response, context);
  const isAccepted = status === 202 && typeof fieldsOf(json).requestId === "string";
  return verdict.kind !== "delivered" || isAccepted
    ? verdict
    : refused("payload", `HTTP ${status} without a requestId`);
}
