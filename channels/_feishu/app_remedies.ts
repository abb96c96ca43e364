/**
 * The meaning and the remedies of the refusals of Feishu's open API. The codes are those of `app_answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

const APP = {
  zh: "飞书开放平台 → 开发者后台 → 该应用",
  en: "Feishu's developer console → this app",
};

/** The remedies by code. */
export const APP_REMEDIES: readonly Remedy[] = [
  remedy(["99991661", "99991663", "99991664", "99991668", "99991671"], {
    zh: [
      "访问令牌失效或被拒绝",
      `中继会换取新令牌；若持续，请核对 ${APP.zh} → 凭证与基础信息 中的 App ID 与 App Secret`,
    ],
    en: [
      "The access token is no longer good",
      `The relay fetches a new one; if it lasts, compare app id and app secret with ${APP.en} → Credentials`,
    ],
  }),
  remedy(["10003", "10012", "10014"], {
    zh: ["App ID 或 App Secret 不正确", `请从 ${APP.zh} → 凭证与基础信息 重新复制`],
    en: ["The app id or the app secret is wrong", `Copy both again from ${APP.en} → Credentials`],
  }),
  remedy(["99991401"], {
    zh: ["中继的出口 IP 不在应用的白名单中", `请在 ${APP.zh} → 安全设置 → IP 白名单 中加入`],
    en: [
      "The relay's address is not on the app's list",
      `Add it at ${APP.en} → Security settings → IP allowlist`,
    ],
  }),
  remedy(["230002", "230013", "230018", "230035"], {
    zh: [
      "机器人不在群中，或不能在该群发言",
      "请在飞书群 → 设置 → 群机器人 中添加该应用，并确认群的发言权限与应用的可用范围",
    ],
    en: [
      "The bot is not in the chat, or may not speak there",
      "Add the app in the chat at Settings → Bots, and check who may speak and where the app is available",
    ],
  }),
  remedy(["230006"], {
    zh: ["应用没有启用机器人能力", `请在 ${APP.zh} → 添加应用能力 中启用机器人，并发布版本`],
    en: ["The app has no bot", `Add the bot at ${APP.en} → Add features, and publish a version`],
  }),
  remedy(["99991672", "230027"], {
    zh: [
      "应用缺少所需权限",
      `请在 ${APP.zh} → 权限管理 中开通 im:message:send_as_bot（加急另需 im:message.urgent，按手机号或邮箱找人另需 contact:user.id:readonly），并发布版本`,
    ],
    en: [
      "The app lacks a permission",
      `Grant im:message:send_as_bot (for urgent messages also im:message.urgent, to look people up contact:user.id:readonly) at ${APP.en} → Permissions, and publish a version`,
    ],
  }),
  remedy(["230024"], {
    zh: ["企业的加急额度已用完", "请联系飞书管理员购买加急额度"],
    en: ["The company's quota of urgent messages is used up", "Ask the Feishu administrator to buy more"],
  }),
  remedy(["230023"], {
    zh: ["成员的未读加急消息超过 200 条", "请该成员阅读加急消息"],
    en: ["A member has more than 200 unread urgent messages", "They need to read some of them"],
  }),
  remedy(["230011", "230012", "230031", "230110"], {
    zh: ["原消息已撤回、已删除或超过 14 天，无法修改", "无需处理：后续告警会发新消息"],
    en: [
      "The earlier card was recalled or deleted, or is older than 14 days",
      "There is nothing to do: what follows is a new card",
    ],
  }),
  remedy(/230001.*receive_id/, {
    zh: ["群的 chat_id 不正确", "请在飞书群 → 设置 中查看会话 ID（oc_ 开头）"],
    en: ["The chat's id is wrong", "Copy the chat id, which begins with oc_, from the chat's settings"],
  }),
  remedy(["230028"], {
    zh: ["消息未通过企业的数据防泄漏审查", "请精简模板，去掉手机号、邮箱等内容，或调整审查规则"],
    en: [
      "The message did not pass the company's data-loss audit",
      "Leave phone numbers and addresses out of the template, or change the audit's rules",
    ],
  }),
  remedy(["230025"], {
    zh: ["消息超过飞书允许的大小", "请精简模板或告警内容"],
    en: ["The message is longer than Feishu allows", "Shorten the template or the alert"],
  }),
  remedy(["230001", "230099", "9499"], {
    zh: ["消息的格式不被接受", "请查看返回信息并核对模板"],
    en: ["The message's form is not accepted", "See the provider's words, and check the template"],
  }),
  remedy(["99991403"], {
    zh: ["企业本月的 API 调用额度已用完", "下月自动恢复；请管理员升级飞书套餐"],
    en: [
      "The company's API quota of the month is used up",
      "It resumes next month; an administrator can upgrade the Feishu plan",
    ],
  }),
  remedy(["11232", "230020", "99991400"], {
    zh: ["发送频率超过飞书的限制（每群每秒 5 条）", "属正常现象：限流期间告警会等待并合并为汇总消息"],
    en: [
      "Feishu limits the rate (5 a second in a chat)",
      "This is normal: alerts wait meanwhile and are combined into a digest",
    ],
  }),
];
