/**
 * The meaning and the remedies of Telegram's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by the words of a refusal; the most specific first. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/upgraded to a supergroup/i, {
    zh: ["群组已升级为超级群，会话 ID 变了", "把投递目标的“会话”改为返回信息末尾的新 ID"],
    en: [
      "The group became a supergroup, which has another id",
      "Set the destination's chat to the new id at the end of the provider's response",
    ],
  }),
  remedy(/chat not found|chat_id is|PEER_ID_INVALID/i, {
    zh: ["找不到会话：ID 不正确，或机器人不在其中", "把机器人加入会话，并核对会话 ID（群组以 -100 开头）"],
    en: [
      "There is no such chat, or the bot is not in it",
      "Add the bot to the chat, and check its id (that of a group begins with -100)",
    ],
  }),
  remedy(/thread not found|TOPIC_(CLOSED|DELETED)/i, {
    zh: ["话题不存在或已关闭", "核对投递目标的“话题”，或重新打开该话题"],
    en: ["The topic does not exist or is closed", "Check the destination's topic, or open the topic again"],
  }),
  remedy(/kicked|not a member|blocked by the user|was deleted|deactivated|bot can't initiate/i, {
    zh: ["机器人已被移出会话，或被对方屏蔽", "请重新把机器人加入会话，或让对方先与机器人对话"],
    en: [
      "The bot was removed from the chat, or blocked",
      "Add the bot to the chat again; a person must write to the bot first",
    ],
  }),
  remedy(/not enough rights|have no rights|need administrator rights|CHAT_WRITE_FORBIDDEN/i, {
    zh: ["机器人没有在该会话发言的权限", "在会话的管理员设置中允许机器人发送消息"],
    en: [
      "The bot may not write in the chat",
      "Allow the bot to write, at the chat's administrators or permissions",
    ],
  }),
  remedy(/^(?:.*: )?(?:401|404)\b/, {
    zh: ["机器人令牌无效或已撤销", "向 @BotFather 发送 /token 重新获取令牌"],
    en: ["The bot's token is not valid any more", "Get the token from @BotFather with /token"],
  }),
  remedy(/can't parse entities|BUTTON_URL_INVALID|message is too long|message text is empty/i, {
    zh: ["Telegram 不接受消息的内容", "请核对模板"],
    en: ["Telegram does not accept what the message says", "Check the template"],
  }),
  remedy(/^(?:.*: )?5\d\d\b/, {
    zh: [
      "Telegram 系统出错或繁忙",
      "一般会自行恢复；若持续，请检查到 api.telegram.org 的网络，或所用的 Bot API 服务器",
    ],
    en: [
      "Telegram fails or is busy",
      "It usually passes by itself; if it lasts, check the network to api.telegram.org, or the Bot API server in use",
    ],
  }),
  remedy(["429"], {
    zh: [
      "发送频率超过 Telegram 的限制（每个群每分钟 20 条）",
      "属正常现象：限流期间告警会等待并合并为汇总消息",
    ],
    en: [
      "Telegram limits the rate (20 a minute in a group)",
      "This is normal: alerts wait meanwhile and are combined into a digest",
    ],
  }),
];
