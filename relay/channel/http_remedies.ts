import { type Remedy, remedy } from "./remedy.ts";

/** Remedies for an answer by its HTTP status alone. */
export const HTTP_REMEDIES: readonly Remedy[] = [
  remedy(/HTTP 2\d\d(?:: | with).*(?:<html|<!doctype)|HTTP 2\d\d without|page instead of an answer/i, {
    zh: [
      "应答不是对方的：可能是网关、代理或登录页的网页",
      "请核对地址；若出口网络有代理或认证页面，请放行中继或为该目标设置代理",
    ],
    en: [
      "The response is not the provider's: it may be a page of a gateway, a proxy or a login",
      "Check the address; if the network has a proxy or a login page, allow the relay through it, or set a proxy in the destination",
    ],
  }),
  remedy(/redirects (elsewhere|are not followed)|HTTP 3\d\d/, {
    zh: ["该地址跳转到了别处，中继不跟随跳转", "请把地址改为最终的地址（例如 https 而不是 http）"],
    en: [
      "The address redirects elsewhere, and redirects are not followed",
      "Use the final address, for example with https instead of http",
    ],
  }),
  remedy(/HTTP 401/, {
    zh: ["对方不接受凭据", "请核对令牌、密钥或账号密码：可能抄写有误、已过期或已重置"],
    en: [
      "The credentials were not accepted",
      "Check the token, key or password: it may be mistyped, expired or reset",
    ],
  }),
  remedy(/HTTP 402/, {
    zh: ["账户欠费，或套餐不包含该功能", "请在对方的控制台检查余额与套餐"],
    en: [
      "The account has no balance, or its plan does not include this feature",
      "Check the balance and the plan at the provider",
    ],
  }),
  remedy(/HTTP 403/, {
    zh: [
      "对方不允许：凭据没有该权限，或中继的出口 IP 不在白名单中",
      "请核对凭据的权限与对方的 IP 白名单；必要时为该目标设置出口固定的代理",
    ],
    en: [
      "Access is denied: the credentials lack a permission, or the relay's IP address is not on the provider's allowlist",
      "Check the permissions and the IP allowlist at the provider; if it needs a fixed IP address, set a proxy that has one in the destination",
    ],
  }),
  remedy(/HTTP (404|410)/, {
    zh: ["地址不存在：路径抄写有误，或机器人、webhook 已被删除", "请在对方重新复制完整地址，更新投递目标"],
    en: [
      "The address does not exist: it is mistyped, or the robot or webhook was deleted",
      "Copy the whole address again at the provider, and set it in the destination",
    ],
  }),
  remedy(/HTTP (405|501)/, {
    zh: ["该地址不接受这种请求", "请核对地址是否为消息接口，而不是网页"],
    en: [
      "The address does not accept this kind of request",
      "Check that it is the address of the API, not of a web page",
    ],
  }),
  remedy(/HTTP 409/, {
    zh: ["与对方已有的内容冲突", "请查看对方返回的信息；重复的消息无需处理"],
    en: [
      "The request conflicts with something that already exists at the provider",
      "Read the provider's response; a repeated message needs no action",
    ],
  }),
  remedy(/HTTP (413|414|431)|too (long|large)/i, {
    zh: ["消息超过对方允许的大小", "请精简模板或告警内容"],
    en: ["The message is larger than the provider allows", "Shorten the template or the alert's text"],
  }),
  remedy(/HTTP 429|too (fast|many|frequent)|rate.?limit|限流|频率/i, {
    zh: [
      "发送频率超过对方的限制",
      "属正常现象：限流期间告警会等待并合并为汇总消息；长期如此请减少告警或增加投递目标",
    ],
    en: [
      "The messages exceeded the provider's rate limit",
      "This is normal: alerts wait and are combined into a digest; if it persists, reduce alerts or add destinations",
    ],
  }),
  remedy(/HTTP (502|503|504|52\d)/, {
    zh: [
      "对方的网关在，但服务没有应答或正忙",
      "一般会自行恢复；若持续，请查看对方的服务状态，自建服务请查看其后端是否在运行",
    ],
    en: [
      "The provider's gateway responds, but its service does not, or is busy",
      "It usually recovers by itself; if it persists, check the provider's status page, or the backend if you host the service",
    ],
  }),
  remedy(/HTTP (408|425|5\d\d)/, {
    zh: ["对方服务出错或正忙", "一般会自行恢复；若持续，请查看对方的服务状态或网关"],
    en: [
      "The provider's service failed or is busy",
      "It usually recovers by itself; if it persists, check the provider's status page or gateway",
    ],
  }),
  remedy(/HTTP (400|406|415|422)/, {
    zh: ["对方不接受消息的内容或格式", "请查看对方返回的信息，核对模板与渠道设置"],
    en: [
      "The provider does not accept the message's content or format",
      "Read the provider's response, and check the template and the channel's settings",
    ],
  }),
  remedy(/HTTP 451/, {
    zh: ["对方因法律原因拒绝该地址或地区", "请换用其他渠道，或为该目标设置另一地区的代理"],
    en: [
      "The provider refuses for legal reasons, usually because of the country",
      "Use another channel, or set a proxy in another country in the destination",
    ],
  }),
];
