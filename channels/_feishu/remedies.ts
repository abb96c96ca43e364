/**
 * The meaning and the remedies of the refusals of Feishu's robots. The codes are those of `answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

const WHERE = {
  zh: "飞书群 → 设置 → 群机器人 → 该机器人",
  en: "the Feishu group → Settings → Bots → this robot",
};

/** The remedies by code. */
export const REMEDIES: readonly Remedy[] = [
  remedy(["19021"], {
    zh: [
      "签名校验失败：密钥不正确，或中继所在机器的时钟相差超过一小时",
      `在 ${WHERE.zh} → 安全设置 → 签名校验 处复制密钥，填入投递目标，并确认机器已开启 NTP 对时`,
    ],
    en: [
      "The signature was not accepted: the secret is wrong, or the clock of the relay's machine is over an hour off",
      `Copy the secret from ${WHERE.en} → Security settings → Signature verification, and turn on NTP on that machine`,
    ],
  }),
  remedy(["19022"], {
    zh: ["中继的出口 IP 不在机器人的白名单中", `在 ${WHERE.zh} → 安全设置 → IP 白名单 中加入`],
    en: [
      "The relay's address is not on the robot's list",
      `Add it at ${WHERE.en} → Security settings → IP allowlist`,
    ],
  }),
  remedy(["19024"], {
    zh: [
      "消息不含机器人要求的关键词",
      `在投递目标中填写“关键词”，与 ${WHERE.zh} → 安全设置 → 自定义关键词 一致`,
    ],
    en: [
      "The message lacks the keyword that the robot asks for",
      `Set the destination's keyword to the one at ${WHERE.en} → Security settings → Custom keywords`,
    ],
  }),
  remedy(["19001"], {
    zh: ["机器人不存在：地址抄写有误，或机器人已被删除", `在 ${WHERE.zh} 重新复制 Webhook 地址`],
    en: [
      "There is no such robot: its address was mistyped, or it was deleted",
      `Copy the webhook again from ${WHERE.en}`,
    ],
  }),
  remedy(["19002", "9499"], {
    zh: ["消息的格式不被接受", "请核对模板"],
    en: [
      "The message's form is not accepted",
      "Check the template",
    ],
  }),
  remedy(["99991403"], {
    zh: ["企业本月的 API 调用额度已用完", "下月自动恢复；请管理员升级飞书套餐"],
    en: [
      "The company's API quota of the month is used up",
      "It resumes next month; an administrator can upgrade the Feishu plan",
    ],
  }),
  remedy(["11232", "99991400"], {
    zh: [
      "发送频率超过飞书的限制（每秒 5 条、每分钟 100 条）",
      "属正常现象：限流期间告警会等待并合并为汇总消息",
    ],
    en: [
      "Feishu limits the rate (5 a second, 100 a minute)",
      "This is normal: alerts wait meanwhile and are combined into a digest",
    ],
  }),
];
