/**
 * The meaning and the remedies of Mattermost's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by the id of an error. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/incoming_webhook\.disabled/, {
    zh: ["服务器禁用了传入 Webhook", "在系统控制台 → 集成 中启用传入 Webhook"],
    en: ["The server has disabled incoming webhooks", "Enable them at System Console → Integrations"],
  }),
  remedy(/incoming_webhook\.(channel|channel_locked|permissions|user|team)\./, {
    zh: ["频道不存在，或 Webhook 不允许发到该频道", "核对投递目标的“频道”，或取消 Webhook 的频道锁定"],
    en: [
      "The channel does not exist, or the webhook may not post there",
      "Check the destination's channel, or unlock the webhook from its channel",
    ],
  }),
  remedy(/incoming_webhook\.invalid/, {
    zh: ["Webhook 已被删除，或地址抄写有误", "在 集成 → 传入 Webhook 重新复制地址"],
    en: [
      "The webhook was deleted, or its address was mistyped",
      "Copy it again from Integrations → Incoming Webhooks",
    ],
  }),
  remedy(/incoming_webhook\.(text|parse)|api\.post\.|too_long/, {
    zh: ["Mattermost 不接受消息的内容", "请核对模板"],
    en: ["Mattermost does not accept what the message says", "Check the template"],
  }),
];
