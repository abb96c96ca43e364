/**
 * The meaning and the remedies of Tencent Cloud's refusals of text messages and calls. The codes are those of
 * `answer.ts`.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";

/** The remedies by code. */
export const PHONE_REMEDIES: readonly Remedy[] = [
  remedy(["AuthFailure.SignatureExpire", "InternalError.RequestTimeException"], {
    zh: ["中继所在机器的时钟相差过大（超过 5 分钟）", "请开启 NTP 对时"],
    en: ["The clock of the relay's machine is over 5 minutes off", "Turn on NTP on that machine"],
  }),
  remedy(/UnauthorizedOperation\.RequestIpNotInWhitelist|IpNotInWhitelist|IpInBlacklist/, {
    zh: ["中继的出口 IP 不在白名单中", "请在腾讯云控制台的应用设置中加入"],
    en: ["The relay's address is not allowed", "Add it to the application in Tencent Cloud's console"],
  }),
  remedy(/(?:^|[\s:(])(?:AuthFailure\b|InternalError\.Sig)/, {
    zh: ["SecretId 或 SecretKey 不正确，或没有权限", "请在腾讯云访问管理 → API 密钥管理 核对"],
    en: [
      "The secret id or key is wrong, or lacks a permission",
      "Check them in Tencent Cloud's console → CAM → API keys",
    ],
  }),
  remedy(/(?:^|[\s:(])UnauthorizedOperation\b/, {
    zh: ["应用没有权限或已停用", "请在短信/语音控制台核对应用的状态"],
    en: [
      "The application lacks a permission, or was disabled",
      "Check its state in the SMS or voice console",
    ],
  }),
  remedy([
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "FailedOperation.InsufficientBalanceInVoicePackage",
  ], {
    zh: ["套餐包余量不足", "请在腾讯云控制台购买套餐包"],
    en: ["The package is used up", "Buy another in Tencent Cloud's console"],
  }),
  remedy(["FailedOperation.SignatureIncorrectOrUnapproved"], {
    zh: ["短信签名不存在或未通过审核", "请在短信控制台 → 签名管理 核对签名内容"],
    en: ["The signature does not exist or is not approved", "Check its text in the SMS console → Signatures"],
  }),
  remedy([
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.TemplateUnapprovedOrNotExist",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
  ], {
    zh: ["模板不存在、未通过审核，或变量个数不一致", "请在控制台核对模板 ID，并在投递目标中按顺序填写变量"],
    en: [
      "The template does not exist, is not approved, or has another number of variables",
      "Check its id in the console, and list the variables in its order",
    ],
  }),
  remedy(["FailedOperation.MarketingSendTimeConstraint"], {
    zh: ["营销模板只能在 8:00–22:00 发送", "告警请改用“通知”类模板"],
    en: [
      "A marketing template is sent between 8:00 and 22:00 only",
      "Use a template of the kind notification for alerts",
    ],
  }),
  remedy(["InternalError.RestApiInterfaceNotExist"], {
    zh: ["该地址没有这个接口", "请核对投递目标的“服务器”地址"],
    en: ["There is no such API at this address", "Check the destination's server"],
  }),
  remedy([
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
    "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
    "LimitExceeded.AppCountryOrRegionInBlacklist",
  ], {
    zh: [
      "模板或应用不支持该号码所在的国家或地区",
      "境内与境外号码请各用一个投递目标和模板，并在控制台核对允许的国家",
    ],
    en: [
      "The template or the application does not serve the country of the number",
      "Give numbers of mainland China and of other countries a destination each, and check the countries in the console",
    ],
  }),
  remedy(/(?:^|[\s:(])UnsupportedOperation\b/, {
    zh: ["腾讯云不支持该操作，例如地域不对", "请核对投递目标的“地域”与应用的类型"],
    en: [
      "Tencent Cloud does not support it, such as in this region",
      "Check the destination's region and the kind of the application",
    ],
  }),
  remedy(["FailedOperation.PhonenumberUnappliedOrExpired"], {
    zh: ["语音号码未申请或已过期", "请在语音控制台续费号码"],
    en: ["The caller's number was not applied for, or has expired", "Renew it in the voice console"],
  }),
  remedy(["InvalidParameterValue.SdkAppIdNotExist", "InvalidParameterValue.SdkAppidNotExist"], {
    zh: ["SdkAppId 不存在", "请在短信/语音控制台 → 应用管理 重新复制"],
    en: ["The SdkAppId does not exist", "Copy it again from the SMS or voice console → Applications"],
  }),
  remedy(
    [
      "LimitExceeded.DeliveryFrequencyLimit",
      "LimitExceeded.PhoneNumberThirtySecondLimit",
      "LimitExceeded.PhoneNumberOneHourLimit",
      "LimitExceeded.PhoneNumberDailyLimit",
      "LimitExceeded.PhoneNumberSameContentDailyLimit",
      "LimitExceeded.AppCountryOrRegionDailyLimit",
    ],
    {
      zh: [
        "该号码收到的短信或呼叫过多，被限频",
        "属正常现象：稍后再送达；若频繁出现，请在控制台调整频率限制或减少告警",
      ],
      en: [
        "The number got too many messages or calls",
        "This is normal: it arrives later; if it lasts, raise the limits in the console or reduce alerts",
      ],
    },
  ),
  remedy(/(?:^|[\s:(])LimitExceeded\b/, {
    zh: ["达到控制台设置的发送上限", "请在控制台提高应用的日发送上限"],
    en: ["The application's limit that is set in the console is reached", "Raise it in the console"],
  }),
  remedy(/(?:^|[\s:(])RequestLimitExceeded\b/, {
    zh: ["调用过快，被腾讯云限流", "属正常现象：限流期间告警会等待"],
    en: ["Tencent Cloud limits the rate", "This is normal: alerts wait meanwhile"],
  }),
  remedy(["FailedOperation.PhoneNumberInBlacklist"], {
    zh: ["该号码在免打扰名单中（通常是用户退订）", "请联系腾讯云短信小助手移出，或换用其他渠道"],
    en: [
      "The number is on a do-not-disturb list, mostly because its owner unsubscribed",
      "Ask Tencent Cloud to remove it, or use another channel",
    ],
  }),
  remedy(
    [
      "FailedOperation.PhoneNumberParseFail",
      "InvalidParameterValue.IncorrectPhoneNumber",
      "InvalidParameterValue.CalledNumberVerifyFail",
    ],
    {
      zh: ["手机号码不正确", "请在“成员”页核对其手机号；国外号码请以 + 和国家代码开头"],
      en: [
        "The mobile number is wrong",
        "Check it on the Members page; a foreign one begins with + and the country",
      ],
    },
  ),
  remedy(["FailedOperation.ContainSensitiveWord"], {
    zh: ["内容含有敏感词", "请在投递目标中用更短的变量，例如 {severity} 与 {name}"],
    en: [
      "The text has a word on a list",
      "Use shorter variables in the destination, such as {severity} and {name}",
    ],
  }),
  remedy(/(?:^|[\s:(])InternalError\b/, {
    zh: ["腾讯云系统出错或超时", "一般会自行恢复；若持续，请查看对方的服务状态"],
    en: [
      "Tencent Cloud fails or is late",
      "It usually passes by itself; if it lasts, look at the provider's status",
    ],
  }),
  remedy(/(?:^|[\s:(])(?:FailedOperation|InvalidParameterValue)\b/, {
    zh: ["请求或变量不被接受", "请查看返回信息，核对模板变量的个数与长度"],
    en: [
      "The request or a variable is not accepted",
      "See the provider's words, and check the variables' number and length",
    ],
  }),
];
