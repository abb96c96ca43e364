import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies for Twilio's codes: https://www.twilio.com/docs/api/errors */
export const REMEDIES: readonly Remedy[] = [
  remedy(["20003", "20006", "20404"], {
    zh: ["Twilio 不接受登录信息", "请在 Twilio 控制台核对 Account SID、API Key 与 Auth Token"],
    en: ["Twilio does not accept the login", "Check account SID, API key and auth token at Twilio's console"],
  }),
  remedy(["20005"], {
    zh: ["Twilio 账户未激活、欠费或被停用", "请登录 Twilio 控制台查看账户状态与余额"],
    en: ["The account is not active, in debt or suspended", "See its state and balance at Twilio's console"],
  }),
  remedy(["21211", "21217", "21214", "21265", "21614", "21635"], {
    zh: ["成员的手机号无效，或不是手机", "请核对成员的手机号；中国大陆以外的号码需以 + 和国家代码开头"],
    en: [
      "The member's number is not valid, or no mobile",
      "Check it; a number outside of China begins with + and its country",
    ],
  }),
  remedy(["21608", "21219"], {
    zh: ["试用账户只能发给已验证的号码", "请升级 Twilio 账户，或在控制台验证该号码"],
    en: [
      "A trial account reaches verified numbers only",
      "Upgrade the account, or verify the number at the console",
    ],
  }),
  remedy(["21610"], {
    zh: ["该成员曾回复 STOP，已退订", "请该成员向发送号码回复 START"],
    en: ["The member has answered STOP", "Let the member send START to the sender's number"],
  }),
  remedy(["21612", "21216"], {
    zh: ["无法从该发送号码联系到成员的号码", "请更换发送号码，或联系 Twilio"],
    en: ["The member's number cannot be reached from this sender", "Use another sender, or ask Twilio"],
  }),
  remedy(["21408", "21215"], {
    zh: ["账户未开通成员所在的国家或地区", "请在 Twilio 控制台的 Geo Permissions 中开通"],
    en: ["The account may not reach the member's country", "Allow it at Geo Permissions of Twilio's console"],
  }),
  remedy(["21210", "21212", "21603", "21606", "21659", "21660", "21701", "21703"], {
    zh: ["发送方不属于该账户，或不能发送", "请核对“发送方”：Twilio 购买的号码，或 Messaging Service SID"],
    en: [
      "The sender is not the account's, or cannot send",
      "Check the sender: a number bought from Twilio, or a messaging service's SID",
    ],
  }),
  remedy(["21602", "21605", "21617", "21658", "21240"], {
    zh: ["消息的内容或长度不被接受", "请减少“字数”，或精简模板"],
    en: [
      "The message's text or length is not accepted",
      "Lower the number of characters, or shorten the template",
    ],
  }),
  remedy(["63038"], {
    zh: ["Twilio 账户 24 小时内的短信条数已达上限", "请联系 Twilio 提高上限，或为该目标设置备用渠道"],
    en: [
      "The account's messages of 24 hours are used up",
      "Ask Twilio for a higher limit, or give the destination a fallback",
    ],
  }),
  remedy(["20429", "21611"], {
    zh: ["发送过快，被 Twilio 限流", "属正常现象：限流期间告警会等待；长期如此请减少告警或增加号码"],
    en: [
      "Twilio limits the rate",
      "This is normal: alerts wait meanwhile; if it lasts, reduce alerts or add numbers",
    ],
  }),
];
