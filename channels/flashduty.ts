import {
  cut,
  defineChannel,
  delivered,
  laneAt,
  remedy,
  retry,
  robotAddress,
  secret,
  server,
  type Severity,
  throttled,
  z,
} from "../relay/channel.ts";
import { type Codes, verdictByCode } from "./_answers/by_code.ts";
import { fieldsOf, wordsOf } from "./_answers/json.ts";
import { no } from "./_answers/reading.ts";
import { labelsOf, LIMITS } from "./_flashduty/labels.ts";

const config = z.object({
  key: secret("Integration key", {
    description: "What follows integration_key= in the push address of a standard alert integration.",
    part: "what follows integration_key=",
  }),
  base: server({
    default: "https://api.flashcat.cloud",
    description: "What stands before /event/push/alert/standard.",
  }),
});

const STATUSES: Readonly<Record<Severity, string>> = {
  critical: "Critical",
  error: "Critical",
  warning: "Warning",
  info: "Info",
};

/**
 * Codes of https://docs.flashcat.cloud/en/flashduty/custom-alert-integration-guide; assumed: the open API has the
 * same codes.
 */
const CODES: Codes = {
  RequestTooFrequently: (words) => throttled(words, { waitMs: 60_000 }),
  InternalError: (words) => retry(words),
  ServiceUnavailable: (words) => retry(words),
  Unauthorized: no("config"),
  AccessDenied: no("config"),
  NoLicense: no("config"),
  ResourceNotFound: no("config"), // no such integration
  InvalidParameter: no("payload"),
  InvalidContentType: no("payload"),
};

export default defineChannel({
  api: 1,
  name: "flashduty",
  title: "Flashduty",
  docs: "https://docs.flashcat.cloud/en/flashduty/custom-alert-integration-guide",
  config,
  limits: {
    titleChars: LIMITS.title,
    body: { utf16: LIMITS.description },
    parallel: 4, // our choice
  },
  combine: "single", // an event is about one alert
  digest: false, // a program reads it
  titleApart: true,
  idempotent: true, // by alert_key
  lane: ({ base, key }) => laneAt(base, key),
  request: ({ base, key }, { alerts: [alert], thread, name, title, body, severity, status }) => ({
    url: `${base}/event/push/alert/standard?integration_key=${encodeURIComponent(key)}`,
    json: {
      title_rule: cut(name.trim() || title.trim() || severity, { chars: LIMITS.title }),
      event_status: status === "resolved" ? "Ok" : STATUSES[severity],
      alert_key: cut(alert?.fingerprint ?? thread, { chars: LIMITS.key }),
      description: body,
      labels: alert === undefined ? {} : labelsOf(alert),
    },
  }),
  verdict: (response, context) => {
    const { error, data } = fieldsOf(response.json);
    const { code, message } = fieldsOf(error);
    const isAccepted = code === undefined && fieldsOf(data).alert_key !== undefined;
    if (isAccepted && response.status === 200) return delivered();
    return verdictByCode(response, { code, words: wordsOf(code, message), codes: CODES }, context);
  },
  remedies: [
    remedy(["ResourceNotFound", "Unauthorized", "AccessDenied"], {
      zh: [
        "集成密钥不正确，或集成已删除",
        "请在 Flashduty → 集成中心 → 标准告警事件 重新复制 integration_key",
      ],
      en: [
        "The integration key is wrong, or the integration was deleted",
        "Copy it again from Flashduty → Integrations → Standard alert",
      ],
    }),
    remedy(["NoLicense"], {
      zh: ["Flashduty 账户没有可用的许可", "请联系 Flashduty 账户管理员续费"],
      en: ["The account has no license", "Ask the account's administrator to renew it"],
    }),
    remedy(["RequestTooFrequently"], {
      zh: ["推送过快，被 Flashduty 限流", "属正常现象：限流期间告警会等待；长期如此请减少告警"],
      en: ["Flashduty limits the rate", "This is normal: alerts wait meanwhile; if it lasts, reduce alerts"],
    }),
    remedy(["InvalidParameter", "InvalidContentType"], {
      zh: ["事件的内容不被接受", "请查看返回信息，核对告警的标签"],
      en: ["The event is not accepted", "See the provider's words, and check the alert's labels"],
    }),
    remedy(["InternalError", "ServiceUnavailable"], {
      zh: ["Flashduty 系统出错", "一般会自行恢复；若持续，请查看对方的服务状态"],
      en: ["Flashduty fails", "It usually passes by itself; if it lasts, look at the provider's status"],
    }),
  ],
  words: {
    zh: {
      "Flashduty": "Flashduty 快猫",
      "Integration key": "集成密钥",
      "What follows integration_key= in the push address of a standard alert integration.":
        "“标准告警事件”集成的推送地址中 integration_key= 之后的部分。",
    },
  },
  fixtures: {
    accepted: [{ json: { request_id: "0ace00116215ab4ca0ec5244b8fc54b0", data: { alert_key: "f1" } } }],
    throttled: [{
      status: 429,
      json: { request_id: "1", error: { code: "RequestTooFrequently", message: "Request too frequently." } },
    }],
    refused: [
      {
        about: "no such integration",
        what: "config",
        status: 400,
        json: { request_id: "1", error: { code: "ResourceNotFound", message: "integration not found" } },
      },
      {
        about: "no license",
        what: "config",
        status: 400,
        json: { request_id: "1", error: { code: "NoLicense", message: "no license" } },
      },
      {
        about: "a parameter",
        what: "payload",
        status: 400,
        json: { request_id: "1", error: { code: "InvalidParameter", message: "title_rule is required" } },
      },
    ],
    retried: [
      { status: 500, json: { request_id: "1", error: { code: "InternalError", message: "x" } } },
      { about: "a page", text: "<html></html>" },
    ],
  },
  target: {
    hosts: ["api.flashcat.cloud"],
    example: "https://api.flashcat.cloud/event/push/alert/standard?integration_key=0123abcd",
    read: (url) => {
      const path = { path: "/event/push/alert/standard", parameter: "integration_key" };
      const read = robotAddress(url, path);
      return typeof read === "string" ? read : { key: read.credential, base: read.base };
    },
  },
  sample: { key: "A0/+=&%23 cd", base: "https://flashduty.example.com/" },
});
