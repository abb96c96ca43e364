/**
 * The meaning and the remedies of the refusals of WeCom's robots and apps. The codes are those of `answer.ts` and
 * `app_answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

const APP = { zh: "企业微信管理后台 → 应用管理 → 该应用", en: "WeCom's admin console → Apps → this app" };

const TOO_MANY = remedy(["45009"], {
  zh: [
    "调用频率超过企业微信的限制",
    "属正常现象：限流期间告警会等待并合并为汇总消息；长期如此请减少告警，或增加机器人",
  ],
  en: [
    "WeCom limits the rate",
    "This is normal: alerts wait meanwhile and are combined into a digest; if it lasts, reduce alerts or add a robot",
  ],
});

const BUSY = remedy(["-1", "45033", "6000"], {
  zh: ["企业微信繁忙，或同时调用过多", "一般会自行恢复，无需处理；若持续，请查看对方的服务状态"],
  en: [
    "WeCom is busy, or was called too often at once",
    "It usually passes by itself; if it lasts, look at the provider's status",
  ],
});

const CONTENT = remedy(["40058", "45002", "44004", "40008", "40035", "40032", "82002"], {
  zh: ["消息不被接受：内容过长、为空，或参数不合规", "请精简告警内容或模板"],
  en: [
    "The message is not accepted: too long, empty, or with a wrong parameter",
    "Shorten what the alert says, or the template",
  ],
});

/** The remedies of robots by code, the more exact first. */
export const ROBOT_REMEDIES: readonly Remedy[] = [
  remedy(/93000.*exceed max length/i, {
    zh: ["消息超过机器人允许的长度", "请精简告警内容或模板"],
    en: ["The message is longer than a robot takes", "Shorten what the alert says, or the template"],
  }),
  remedy(["93000"], {
    zh: [
      "机器人的 key 无效：抄写有误，或机器人已被删除",
      "在 企业微信群 → 群机器人 → 该机器人 复制 Webhook 地址中 key= 之后的部分，更新投递目标",
    ],
    en: [
      "The robot's key is not valid: it was mistyped, or the robot was deleted",
      "Copy what follows key= in the webhook of the WeCom group → Group bots → this robot into the destination",
    ],
  }),
  remedy(["93004"], {
    zh: ["机器人已停用", "请在 企业微信群 → 群机器人 中重新启用"],
    en: ["The robot was disabled", "Enable it in the WeCom group → Group bots"],
  }),
  remedy(["93008"], {
    zh: ["机器人不在群内", "请把机器人重新加入群，或换用新机器人的 key"],
    en: ["The robot is not in the group", "Add it to the group again, or use a new robot's key"],
  }),
  TOO_MANY,
  CONTENT,
  BUSY,
];

/** The remedies of apps by code. */
export const APP_REMEDIES: readonly Remedy[] = [
  remedy(["40014", "42001", "41001"], {
    zh: ["access_token 失效或缺失", "中继会换取新令牌；若持续，请核对企业 ID 与应用的 Secret"],
    en: [
      "The access token is no longer good",
      "The relay fetches a new one; if it lasts, check the corp id and the app's secret",
    ],
  }),
  remedy(["40001"], {
    zh: ["应用的 Secret 不正确", `请从 ${APP.zh} → Secret 重新获取`],
    en: ["The app's secret is wrong", `Copy it again from ${APP.en} → Secret`],
  }),
  remedy(["40013"], {
    zh: ["企业 ID 不正确", "请从 企业微信管理后台 → 我的企业 → 企业信息 复制企业 ID"],
    en: ["The corp id is wrong", "Copy it from WeCom's admin console → My company → Company information"],
  }),
  remedy(["40056", "301002"], {
    zh: ["AgentId 不正确，或与 Secret 不属于同一个应用", `请从 ${APP.zh} 复制同一应用的 AgentId 与 Secret`],
    en: [
      "The agent id is wrong, or the secret is another app's",
      `Copy agent id and secret of the same app from ${APP.en}`,
    ],
  }),
  remedy(["48002"], {
    zh: ["应用没有调用该接口的权限", `请在 ${APP.zh} 中开通；建群接口需要自建应用`],
    en: ["The app may not use this API", `Grant it at ${APP.en}; making chats needs an app of your own`],
  }),
  remedy(["60020"], {
    zh: ["中继的出口 IP 不在应用的可信 IP 中", `请在 ${APP.zh} → 企业可信 IP 中加入中继的出口 IP`],
    en: ["The relay's address is not trusted by the app", `Add it at ${APP.en} → Trusted IPs`],
  }),
  remedy(["86001", "86003", "86217", "86220"], {
    zh: [
      "群聊不存在，或不是该应用创建的",
      "中继会在需要时重新建群；若填写了固定的群 ID，请更换为该应用创建的群",
    ],
    en: [
      "The chat does not exist, or the app did not make it",
      "The relay makes a new one when it needs it; where a chat's id is configured, set one that the app made",
    ],
  }),
  remedy(["60011", "60021"], {
    zh: ["成员不在应用的可见范围内", `请在 ${APP.zh} → 可见范围 中加入该成员`],
    en: ["A member is outside the app's visible scope", `Add them at ${APP.en} → Visible scope`],
  }),
  remedy(["40003", "40031", "46004", "60111", "81013", "82001"], {
    zh: ["成员不存在或已离职", "请在“成员”页核对其企业微信用户 ID，已离职的请移出告警组"],
    en: [
      "A member does not exist or has left",
      "Check their WeCom user id on the Members page; remove those who have left from the group",
    ],
  }),
  TOO_MANY,
  CONTENT,
  BUSY,
];
