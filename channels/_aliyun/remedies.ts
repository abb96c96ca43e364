/**
 * The meaning and the remedies of Aliyun's refusals of text messages and calls. The codes are those of `answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by code. */
export const PHONE_REMEDIES: readonly Remedy[] = [
  remedy([
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "SignatureDoesNotMatch",
    "isv.ACCOUNT_NOT_EXISTS",
  ], {
    zh: ["AccessKey 不正确或已停用", "请在阿里云 RAM 控制台核对 AccessKey ID 与 Secret"],
    en: ["The access key is wrong or inactive", "Check its id and secret in Aliyun's RAM console"],
  }),
  remedy(["isp.RAM_PERMISSION_DENY", "Forbidden.RAM"], {
    zh: ["RAM 用户没有权限", "请授予 AliyunDysmsFullAccess（短信）或 AliyunDyvmsFullAccess（语音）"],
    en: [
      "The RAM user lacks a permission",
      "Grant AliyunDysmsFullAccess for text messages, or AliyunDyvmsFullAccess for calls",
    ],
  }),
  remedy(["isv.DENY_IP_RANGE"], {
    zh: ["中继的出口 IP 不在中国内地，国内短信被拒绝", "请为该投递目标设置内地出口的代理"],
    en: [
      "The relay's address is outside mainland China, from where Chinese numbers are refused",
      "Give the destination a proxy in mainland China",
    ],
  }),
  remedy(
    [
      "isv.OUT_OF_SERVICE",
      "isv.AMOUNT_NOT_ENOUGH",
      "isv.ACCOUNT_ABNORMAL",
      "isv.PRODUCT_UN_SUBSCRIPT",
      "isv.PRODUCT_UNSUBSCRIBE",
    ],
    {
      zh: ["账户余额不足、异常或未开通服务", "请在阿里云控制台充值或开通短信/语音服务"],
      en: [
        "The account has no balance left, is blocked, or has not activated the service",
        "Top up or activate it in Aliyun's console",
      ],
    },
  ),
  remedy(
    [
      "isv.SMS_SIGNATURE_ILLEGAL",
      "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
      "isv.SMS_SIGN_ILLEGAL",
      "isv.SIGN_STATE_ILLEGAL",
    ],
    {
      zh: ["短信签名不存在、未通过审核或与模板类型不符", "请在短信服务控制台 → 签名管理 核对签名名称与状态"],
      en: [
        "The signature does not exist, is not approved, or does not suit the template",
        "Check its name and state in the SMS console → Signatures",
      ],
    },
  ),
  remedy(
    [
      "isv.SMS_TEMPLATE_ILLEGAL",
      "isv.TTS_TEMPLATE_ILLEGAL",
      "isv.TEMPLATE_MISSING_PARAMETERS",
      "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    ],
    {
      zh: [
        "模板不存在、未通过审核，或投递目标中的变量与模板不一致",
        "请在控制台 → 模板管理 核对模板代码与变量名",
      ],
      en: [
        "The template does not exist, is not approved, or has other variables than the destination",
        "Check its code and its variables in the console → Templates",
      ],
    },
  ),
  remedy(["isv.DISPLAY_NUMBER_ILLEGAL", "isv.NO_AVAILABLE_SHOW_NUMBER"], {
    zh: ["主叫显号不可用", "公共模式请留空；专属模式请填写已购买的号码"],
    en: [
      "The caller's number cannot be used",
      "Leave it empty in the shared mode; set a number that you have bought in the dedicated mode",
    ],
  }),
  remedy(["isv.BUSINESS_LIMIT_CONTROL"], {
    zh: [
      "该号码收到的短信或呼叫过多，被流控",
      "属正常现象：稍后再送达；若频繁出现，请在控制台调整发送频率或减少告警",
    ],
    en: [
      "The number got too many messages or calls",
      "This is normal: it arrives later; if it lasts, raise the limits in the console or reduce alerts",
    ],
  }),
  remedy(["isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"], {
    zh: ["达到控制台设置的日或月发送上限", "请在短信服务控制台 → 系统设置 → 通用设置 提高上限"],
    en: [
      "The limit of the day or the month that is set in the console is reached",
      "Raise it in the SMS console → Settings",
    ],
  }),
  remedy(["isv.MOBILE_NUMBER_ILLEGAL"], {
    zh: ["手机号码不正确", "请在“成员”页核对其手机号；国外号码请以 + 和国家代码开头"],
    en: [
      "The mobile number is wrong",
      "Check it on the Members page; a foreign one begins with + and the country",
    ],
  }),
  remedy(
    [
      "isv.SMS_CONTENT_ILLEGAL",
      "isv.BLACK_KEY_CONTROL_LIMIT",
      "isv.TEMPLATE_PARAMS_ILLEGAL",
      "isv.INVALID_JSON_PARAM",
      "isv.INVALID_PARAMETERS",
      "isv.PARAM_LENGTH_LIMIT",
      "isv.PARAM_NOT_SUPPORT_URL",
      "isv.MOBILE_COUNT_OVER_LIMIT",
    ],
    {
      zh: [
        "变量的内容不被接受：过长、含链接或敏感词",
        "请在投递目标中用更短的变量，例如 {severity} 与 {name}",
      ],
      en: [
        "A variable is not accepted: too long, an address, or a word on a list",
        "Use shorter variables in the destination, such as {severity} and {name}",
      ],
    },
  ),
  remedy(["InvalidTimeStamp.Expired"], {
    zh: ["中继所在机器的时钟相差超过 15 分钟", "请开启 NTP 对时"],
    en: ["The clock of the relay's machine is over 15 minutes off", "Turn on NTP on that machine"],
  }),
  remedy(["Throttling", "Throttling.User", "Throttling.Api"], {
    zh: ["调用过快，被阿里云限流", "属正常现象：限流期间告警会等待"],
    en: ["Aliyun limits the rate", "This is normal: alerts wait meanwhile"],
  }),
  remedy(
    [
      "isp.SYSTEM_ERROR",
      "isp.GATEWAY_ERROR",
      "isp.UNKNOWN",
      "InternalError",
      "ServiceUnavailable",
      "SignatureNonceUsed",
    ],
    {
      zh: ["阿里云系统出错", "一般会自行恢复；若持续，请查看对方的服务状态"],
      en: ["Aliyun fails", "It usually passes by itself; if it lasts, look at the provider's status"],
    },
  ),
];
