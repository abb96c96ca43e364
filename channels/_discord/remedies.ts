/**
 * The meaning and the remedies of Discord's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by code, or by the words of an answer whose status decides. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/\b10015\b|\b50027\b|Unknown Webhook|Invalid Webhook Token/, {
    zh: ["Webhook 已被删除，或地址抄写有误", "在频道设置 → 整合 → Webhook 重新复制地址"],
    en: [
      "The webhook was deleted, or its address was mistyped",
      "Copy it again from the channel's settings → Integrations → Webhooks",
    ],
  }),
  remedy(/\b220001\b|\b220003\b|\b10003\b/, {
    zh: ["论坛频道需要子区 ID，或该子区不存在", "在投递目标中填写“子区”，或改用普通频道的 Webhook"],
    en: [
      "A forum needs the id of a thread, or the thread does not exist",
      "Set the destination's thread, or use the webhook of a text channel",
    ],
  }),
  remedy(/\b40333\b/, {
    zh: ["Discord 前置的 Cloudflare 拒绝了中继的出口 IP", "为投递目标设置代理，或更换出口 IP"],
    en: [
      "Cloudflare in front of Discord refuses the relay's address",
      "Set a proxy for the destination, or use another egress address",
    ],
  }),
  remedy(/\b50035\b|\b40005\b|Invalid Form Body|Request entity too large/, {
    zh: ["Discord 不接受消息的内容", "请核对模板"],
    en: ["Discord does not accept what the message says", "Check the template"],
  }),
];
