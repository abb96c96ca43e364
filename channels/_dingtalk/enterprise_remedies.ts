/**
 * The meaning and the remedies of the refusals of DingTalk's enterprise APIs. The codes are those of
 * `enterprise_answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";
import { PLATFORM_REMEDIES } from "./remedies.ts";

const APP = {
  zh: "钉钉开放平台 → 应用开发 → 该应用",
  en: "DingTalk's open platform → App development → this app",
};

/** The remedies by code, the more exact first: a forbidden call may concern the address or the rate alone. */
export const ENTERPRISE_REMEDIES: readonly Remedy[] = [
  ...PLATFORM_REMEDIES,
  remedy(/(?:^|[\s:(])60020\b|IpNotInWhiteList/, {
    zh: ["中继的出口 IP 不在应用的白名单中", `请在 ${APP.zh} → 开发配置 → 服务器出口 IP 中加入`],
    en: [
      "The relay's address is not on the app's list",
      `Add it at ${APP.en} → Development settings → Server egress IP`,
    ],
  }),
  remedy(["40014", "42001", "40001", "41001", "InvalidAuthentication"], {
    zh: [
      "访问令牌失效或被拒绝",
      `中继会换取新令牌；若持续，请核对 ${APP.zh} → 凭证与基础信息 中的 AppKey 与 AppSecret`,
    ],
    en: [
      "The access token is no longer good",
      `The relay fetches a new one; if it lasts, compare AppKey and AppSecret with ${APP.en} → Credentials`,
    ],
  }),
  remedy(["40089", "invalidClientIdOrSecret"], {
    zh: ["AppKey 或 AppSecret 不正确", `请从 ${APP.zh} → 凭证与基础信息 重新复制`],
    en: ["AppKey or AppSecret is wrong", `Copy both again from ${APP.en} → Credentials`],
  }),
  remedy(["60011", "43007", "Forbidden", "auth.error", "send.forbidden", "resource.unavailable"], {
    zh: ["应用缺少所需的接口权限", `请在 ${APP.zh} → 权限管理 中申请返回信息里提到的权限`],
    en: ["The app lacks a permission", `Apply for the one that the answer names at ${APP.en} → Permissions`],
  }),
  remedy(["50003", "bot.stopped", "bot.forbidden.sendMessage", "template.stopped"], {
    zh: ["应用、机器人或群模板已停用", `请在 ${APP.zh} 重新启用并发布`],
    en: ["The app, its robot or the group template was disabled", `Enable and publish it at ${APP.en}`],
  }),
  remedy(["param.openSpaceIdInvalid", "param.cardTemplateIdEmpty"], {
    zh: [
      "群的 openConversationId 或卡片模板不正确",
      "请核对投递目标中的群 ID 与卡片模板 ID，并确认模板已发布、机器人已在群中",
    ],
    en: [
      "The chat's open conversation id or the card template is wrong",
      "Check both in the destination, that the template is published, and that the robot is in the chat",
    ],
  }),
  remedy(["ding.serverquota.insufficient"], {
    zh: ["DING 消息的额度不足", "请在钉钉管理后台购买短信或电话 DING 的额度"],
    en: ["The company's quota of DING messages is used up", "Buy more in DingTalk's admin console"],
  }),
  remedy(["param.contentUnsafe"], {
    zh: ["卡片内容未通过钉钉的安全审查", "请修改告警的文字或模板"],
    en: ["The card did not pass DingTalk's audit", "Change the alert's text or the template"],
  }),
  remedy(["40056", "invalidParameter.robotCode", "token.notExisted", "invalid.chatbotId"], {
    zh: ["AgentId 或机器人编码不正确", `请从 ${APP.zh} 重新复制`],
    en: ["The agent id or the robot's code is wrong", `Copy it again from ${APP.en}`],
  }),
  remedy(
    [
      "34001",
      "34013",
      "40016",
      "400013",
      "group.disbanded",
      "invalid.openConversationId",
      "conversation.org.notMatch",
      "miss.openConversationId",
    ],
    {
      zh: ["群不存在、已解散或不属于该企业", "中继会在需要时重新建群；若填写了固定的群 ID，请更换为现有的群"],
      en: [
        "The chat does not exist any more, or is another company's",
        "The relay makes a new one when it needs it; where a chat's id is configured, set that of an existing one",
      ],
    },
  ),
  remedy(["groupTemplate", "member.exceed", "permession.checkFailed", "parameter.invalid"], {
    zh: [
      "无法建群：群模板、群主或成员不符合要求",
      `请核对群模板与群主的用户 ID，并确认他们在 ${APP.zh} → 权限管理 的可见范围内`,
    ],
    en: [
      "The chat cannot be made: its template, owner or members are not accepted",
      `Check the template and the owner's user id, and that they are in the app's scope at ${APP.en} → Permissions`,
    ],
  }),
  remedy(["50002"], {
    zh: ["成员不在应用的可见范围内", `请在 ${APP.zh} → 版本管理与发布 → 可见范围 中加入该成员`],
    en: ["A member is outside the app's scope", `Add them at ${APP.en} → Versions → Visible scope`],
  }),
  remedy(
    [
      "33012",
      "40031",
      "40003",
      "46004",
      "60111",
      "60120",
      "60121",
      "60124",
      "40104",
      "staffId.notExisted",
      "member.notFound",
      "param.userIdNotExist",
      "miss.staffId",
    ],
    {
      zh: [
        "成员不存在、已离职或没有绑定手机号",
        "请在“成员”页核对其钉钉用户 ID 与手机号，已离职的请移出告警组",
      ],
      en: [
        "A member does not exist, has left, or has no mobile number there",
        "Check their DingTalk user id and mobile on the Members page; remove those who have left from the group",
      ],
    },
  ),
  remedy(["40048", "contain.unsafe.url"], {
    zh: ["消息含有钉钉认为不安全的链接", "请用链接改写规则替换或隐藏该链接"],
    en: ["The message has a link that DingTalk calls unsafe", "Rewrite or hide it with a link rule"],
  }),
  remedy(/(?:^|[\s:(])param\b/, {
    zh: ["卡片的参数不被接受", "请查看返回信息，核对卡片模板的变量"],
    en: [
      "A parameter of the card is not accepted",
      "See the provider's words, and check the template's variables",
    ],
  }),
  remedy(/contain\.notAllowed/, {
    zh: ["消息含有钉钉不允许的内容", "请修改告警的文字或模板"],
    en: ["The message has content that DingTalk does not allow", "Change the alert's text or the template"],
  }),
  remedy(
    [
      "34004",
      "34014",
      "34016",
      "43004",
      "invalidParameter.msgParam",
      "invalidParameter.msgKey",
      "miss.param",
      "ding.receivercount.limit",
    ],
    {
      zh: ["消息的格式不受支持，或内容过长、为空", "请精简告警内容或模板"],
      en: [
        "The message's form is not supported, or it is too long or empty",
        "Shorten what the alert says, or the template",
      ],
    },
  ),
  remedy(
    [
      "system.busy",
      "systemBusy",
      "qps.exceed.limit",
      "request.too.fast",
      "send.too.fast",
      "send.byToken.tooFast",
      "toomuch.msg",
      "too.many.group",
      "too.many.people",
    ],
    {
      zh: ["发送过快，被钉钉限流", "属正常现象：限流期间告警会等待；长期如此请减少告警"],
      en: [
        "DingTalk limits the rate",
        "This is normal: alerts wait while the rate is limited; if it lasts, reduce alerts",
      ],
    },
  ),
  remedy(["-1", "400001", "34015", "unknown.send.result", "system.error", "send.ding.exception"], {
    zh: ["钉钉系统出错或繁忙", "一般会自行恢复，无需处理；若持续，请查看对方的服务状态"],
    en: [
      "DingTalk fails or is busy",
      "It usually passes by itself; if it lasts, look at the provider's status",
    ],
  }),
];
