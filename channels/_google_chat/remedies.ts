/**
 * The meaning and the remedies of Google Chat's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by the words of an answer. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/API key|token|credential|UNAUTHENTICATED|PERMISSION_DENIED|NOT_FOUND|Space not found/i, {
    zh: [
      "Webhook 已被删除，地址抄写有误，或管理员禁用了 Webhook",
      "在聊天室 → 应用与集成 → Webhook 重新复制地址",
    ],
    en: [
      "The webhook was deleted, its address was mistyped, or an administrator disabled webhooks",
      "Copy it again from the space → Apps & integrations → Webhooks",
    ],
  }),
  remedy(/INVALID_ARGUMENT/, {
    zh: ["Google Chat 不接受消息的内容", "请核对模板"],
    en: ["Google Chat does not accept what the message says", "Check the template"],
  }),
];
