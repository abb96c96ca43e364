/**
 * The meaning and the remedies of ntfy's refusals.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by code. */
export const REMEDIES: readonly Remedy[] = [
  remedy(["40101", "40301", "42909"], {
    zh: ["主题受保护，而访问令牌缺失或没有写权限", "在服务器上为该令牌的用户授予主题的写权限（ntfy access）"],
    en: [
      "The topic is protected, and the access token is missing or may not write",
      "Grant the token's user write access to the topic (ntfy access)",
    ],
  }),
  remedy(["40009", "40010"], {
    zh: ["主题名称无效", "只用字母、数字、- 与 _，最多 64 个字符"],
    en: ["The topic's name is not valid", "Use letters, digits, - and _, at most 64 of them"],
  }),
  remedy(["42908", "42905"], {
    zh: ["当天的消息额度已用完，UTC 零点恢复", "使用访问令牌对应的付费额度，或自建服务器"],
    en: [
      "The day's quota of messages is used up until midnight UTC",
      "Use the access token of an account with a higher quota, or a server of your own",
    ],
  }),
  remedy(["42901"], {
    zh: ["发送频率超过服务器的限制", "属正常现象：限流期间告警会等待并合并为汇总消息"],
    en: [
      "The server limits the rate",
      "This is normal: alerts wait meanwhile and are combined into a digest",
    ],
  }),
  remedy(["40017", "40024", "41303", "40007"], {
    zh: ["服务器不接受消息的内容", "请核对模板"],
    en: ["The server does not accept what the message says", "Check the template"],
  }),
];
