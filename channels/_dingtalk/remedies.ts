/**
 * The meaning and the remedies of the refusals of DingTalk's robots. The codes are those of `answer.ts`; the settings
 * have the names of DingTalk's own pages.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

const WHERE = {
  zh: "钉钉群 → 群设置 → 机器人 → 该机器人",
  en: "the DingTalk group → Group settings → Bots → this robot",
};

/** The remedies for the platform's own throttles; the enterprise APIs share them. */
export const PLATFORM_REMEDIES: readonly Remedy[] = [
  remedy(/(?:^|\s)90020\b|ApiCountLimit/, {
    zh: ["企业本月的 API 调用额度已用完", "下月自动恢复；请管理员在钉钉开放平台购买或升级调用额度"],
    en: [
      "The company's API quota of the month is used up",
      "It resumes next month; an administrator can buy more on DingTalk's open platform",
    ],
  }),
  remedy(/(?:^|\s)(45009|900(0[1-9]|1[0-8]))\b|Qp[smh]Limit/, {
    zh: ["调用频率超过钉钉平台的限制", "属正常现象：限流期间告警会等待；若多个系统共用一个应用，请分开使用"],
    en: [
      "DingTalk's platform limits how often it is called",
      "This is normal: alerts wait meanwhile; give systems that share an app one of their own",
    ],
  }),
  remedy(/(?:^|\s)1111\b|\bdeny\b|page instead of an answer/, {
    zh: [
      "钉钉网关暂时拒绝来自本机地址的请求：调用过于频繁",
      "限流期间告警会等待；请检查同一出口地址上是否有其他程序在频繁调用钉钉",
    ],
    en: [
      "DingTalk's gateway turns away calls from this address for a while: there were too many",
      "Alerts wait meanwhile; look for other programs behind the same address that call DingTalk often",
    ],
  }),
];

/** The remedies by code, the more exact first: 310000 has its words. */
export const ROBOT_REMEDIES: readonly Remedy[] = [
  remedy(/310000.*(timestamp|签名过期|clock)/i, {
    zh: ["签名的时间与钉钉相差超过一小时：中继所在机器的时钟不准", "请为该机器开启 NTP 对时"],
    en: [
      "The signature's time is over an hour off: the clock of the relay's machine is wrong",
      "Turn on NTP on that machine",
    ],
  }),
  remedy(/310000.*(sign|签名)/i, {
    zh: [
      "加签密钥缺失或不正确",
      `在 ${WHERE.zh} → 安全设置 → 加签 处复制以 SEC 开头的密钥，填入投递目标的“签名密钥”`,
    ],
    en: [
      "The signing secret is missing or wrong",
      `Copy the secret that begins with SEC from ${WHERE.en} → Security settings → Additional signature, and set it as the destination's signing secret`,
    ],
  }),
  remedy(/310000.*(keyword|关键词)/i, {
    zh: [
      "消息不含机器人要求的关键词",
      `在投递目标中填写“关键词”，与 ${WHERE.zh} → 安全设置 → 自定义关键词 一致`,
    ],
    en: [
      "The message lacks the keyword that the robot asks for",
      `Set the destination's keyword to the one at ${WHERE.en} → Security settings → Custom keywords`,
    ],
  }),
  remedy(/310000.*(\bip\b|whitelist|白名单)/i, {
    zh: [
      "中继的出口 IP 不在机器人的允许范围内",
      `在 ${WHERE.zh} → 安全设置 → IP 地址（段）中加入中继的出口 IP`,
    ],
    en: [
      "The relay's address is not on the robot's list",
      `Add it at ${WHERE.en} → Security settings → IP addresses`,
    ],
  }),
  remedy(["310000"], {
    zh: [
      "不符合机器人的安全设置（加签、关键词或 IP）",
      `请在 ${WHERE.zh} → 安全设置 核对，并与投递目标的设置一致`,
    ],
    en: [
      "The robot's security settings (signature, keyword or addresses) are not met",
      `Compare ${WHERE.en} → Security settings with the destination's settings`,
    ],
  }),
  remedy(["300001", "300005", "400101"], {
    zh: [
      "access_token 不存在：抄写有误，或机器人已被删除",
      `在 ${WHERE.zh} 复制 Webhook 地址中 access_token= 之后的部分，更新投递目标`,
    ],
    en: [
      "The access token does not exist: it was mistyped, or the robot was deleted",
      `Copy what follows access_token= in the webhook of ${WHERE.en} into the destination`,
    ],
  }),
  remedy(["400013"], {
    zh: ["群已解散", "请在另一个群中添加机器人，并更新投递目标"],
    en: ["The group was dissolved", "Add a robot to another group and set it as the destination"],
  }),
  remedy(["400102"], {
    zh: ["机器人已停用", `请群主在 ${WHERE.zh} 重新启用`],
    en: ["The robot was disabled", `Let the group's owner enable it at ${WHERE.en}`],
  }),
  remedy(["400106"], {
    zh: ["机器人不在群内", "请把机器人重新加入群，或换用新机器人的地址"],
    en: ["The robot is not in the group", "Add it to the group again, or use a new robot's address"],
  }),
  remedy(["40035"], {
    zh: ["请求缺少参数：通常是 access_token 为空，或消息内容为空", "请核对投递目标的 access_token 与模板"],
    en: [
      "A parameter is missing: mostly the token, or the message's text",
      "Check the destination's token and the template",
    ],
  }),
  remedy(["43004", "400105"], {
    zh: [
      "请求的格式或消息类型不受支持",
      "请核对投递目标的“服务器”地址是否为钉钉或与其一致的网关，或换一种消息形式",
    ],
    en: [
      "The request's form or the message type is not supported",
      "Check that the server address is DingTalk's or a gateway like it, or choose another form",
    ],
  }),
  remedy(["430101"], {
    zh: ["消息含有钉钉认为不安全的链接", "请用链接改写规则替换或隐藏该链接"],
    en: [
      "The message has a link that DingTalk calls unsafe",
      "Rewrite or hide the link with a link rule",
    ],
  }),
  remedy(["430102", "430103", "430104"], {
    zh: ["消息含有钉钉认为不合适的内容", "请修改告警的文字或模板"],
    en: [
      "The message has content that DingTalk does not allow",
      "Change the alert's text or the template",
    ],
  }),
  remedy(["460101"], {
    zh: ["消息超过 20000 字节", "请精简告警内容或模板"],
    en: ["The message has more than 20,000 bytes", "Shorten what the alert says, or the template"],
  }),
  remedy(["410100", "130101", "302033"], {
    zh: [
      "该机器人每分钟超过 20 条，被限流 10 分钟",
      "属正常现象：限流期间告警会等待并合并为汇总消息；若有其他程序共用该机器人，请为它们另建机器人",
    ],
    en: [
      "The robot had more than 20 messages in a minute and takes none for 10 minutes",
      "This is normal: alerts wait meanwhile and are combined into a digest; give other programs that use this robot one of their own",
    ],
  }),
  ...PLATFORM_REMEDIES,
  remedy(["-1"], {
    zh: ["钉钉系统繁忙", "一般会自行恢复，无需处理；若持续，请查看对方的服务状态"],
    en: ["DingTalk is busy", "It usually passes by itself; if it lasts, look at the provider's status"],
  }),
];
