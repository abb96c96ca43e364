/**
 * The meaning and the remedies of Rocket.Chat's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by the words of an answer. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/Invalid integration|HTTP 404/, {
    zh: ["集成已被删除或停用，或地址抄写有误", "在 管理 → 集成 中启用该集成，并重新复制 Webhook 地址"],
    en: [
      "The integration was deleted or disabled, or its address was mistyped",
      "Enable it at Administration → Integrations, and copy its webhook URL again",
    ],
  }),
  remedy(/invalid-channel|invalid-room|error-not-allowed|HTTP 400/, {
    zh: ["频道不存在，或集成不允许发到该频道", "核对投递目标的“频道”，以及集成的发布用户是否在频道中"],
    en: [
      "The channel does not exist, or the integration may not post there",
      "Check the destination's channel, and that the integration's user is in it",
    ],
  }),
];
