/**
 * The meaning and the remedies of mail servers' refusals, by the reply codes and words that `answer.ts` reads.
 *
 * @module
 */
import { type Remedy, remedy } from "../../relay/channel.ts";
import { OVER_QUOTA, SPAM, TOO_FAST } from "./answer.ts";

/** The more exact remedies first. */
export const REMEDIES: readonly Remedy[] = [
  remedy(/wrong version|greeting never received|\bTLS:|ETLS|handshake/i, {
    zh: [
      "TLS 连接失败：端口与加密方式不匹配，或证书不受信任",
      "465 端口用隐式 TLS，587 与 25 用 STARTTLS；内部证书请让中继信任该 CA，或在目标中调整 TLS 设置",
    ],
    en: [
      "The TLS connection failed: port and encryption do not match, or the certificate is not trusted",
      "Port 465 takes implicit TLS, 587 and 25 take STARTTLS; let the relay trust an internal CA, or change the destination's TLS setting",
    ],
  }),
  remedy(/may block SMTP/, {
    zh: ["连不上邮件服务器：云平台往往封锁 25、465、587 端口", "请改用 2525 端口，或请平台放行"],
    en: [
      "The mail server cannot be reached: platforms often block ports 25, 465 and 587",
      "Use port 2525, or have the port opened",
    ],
  }),
  // Microsoft's words: https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission
  remedy(/basic authentication is disabled|SmtpClientAuthentication is disabled|\b5\.7\.139\b/i, {
    zh: [
      "Microsoft 365 对该邮箱关闭了 SMTP 登录",
      "请管理员在 Exchange 管理中心为该邮箱启用 SMTP AUTH，或改用其他发信服务",
    ],
    en: [
      "Microsoft 365 does not let this mailbox log in by SMTP",
      "Have SMTP AUTH enabled for the mailbox in the Exchange admin centre, or use another mail service",
    ],
  }),
  remedy(/(?:^|\s)(530|534|535|538)[ -]|EAUTH|ENOAUTH|invalid login|authentication (failed|required)/i, {
    zh: [
      "登录被拒绝：账号或密码不正确",
      "163、QQ、企业邮箱等须使用客户端授权码而不是登录密码，并在邮箱设置中开启 SMTP 服务",
    ],
    en: [
      "The login was refused: account or password is wrong",
      "163, QQ and company mail need an authorisation code instead of the password, and SMTP turned on in the mailbox's settings",
    ],
  }),
  remedy(
    /(?:^|\s)436[ -]|\b5\.1\.[78]\b|sender (address )?(rejected|not|is not)|\b5\.7\.60\b|send as this sender/i,
    {
      zh: ["发件人地址不被接受：与登录账号不一致，或域名未验证", "请把投递目标的发件人改为该账号自己的地址"],
      en: [
        "The sender is not accepted: it is not the account's own, or its domain is not verified",
        "Set the destination's sender to the account's own address",
      ],
    },
  ),
  remedy(OVER_QUOTA, {
    zh: ["邮箱当天或当月的发信额度已用完", "额度恢复前无法发信；长期如此请升级邮箱或改用其他账号"],
    en: [
      "The account's sending quota of the day or month is used up",
      "It takes no mail until it is renewed; if it lasts, upgrade the account or use another",
    ],
  }),
  remedy(TOO_FAST, {
    zh: ["发信过快，被邮件服务器限流", "属正常现象：限流期间告警会等待；长期如此请减少告警"],
    en: [
      "The mail server limits the rate",
      "This is normal: alerts wait while the rate is limited; if it lasts, reduce alerts",
    ],
  }),
  remedy(/gr[ae]y-?list|(?:^|\s)45[01] 4\.7\./i, {
    zh: [
      "对方启用了灰名单，要求稍后再发",
      "属正常现象：几分钟后就会接收；若持续，请让对方把发信服务器加入白名单",
    ],
    en: [
      "The server greylists and wants the mail again later",
      "This is normal: it takes the mail some minutes later; if it lasts, ask for our server to be allowed there",
    ],
  }),
  remedy(
    /spf|dkim|dmarc|spamhaus|\brbl\b|black ?list|block ?list|relay(ing)? (access )?denied|unable to relay|\b5\.7\.2[0-9]\b/i,
    {
      zh: [
        "邮件服务器拒绝我方：未通过 SPF、DKIM、DMARC，出口 IP 在黑名单中，或不允许转发",
        "请为发件域名配置 SPF 与 DKIM，或改用有权发信的服务器与账号",
      ],
      en: [
        "The server refuses us: SPF, DKIM or DMARC fails, our address is on a block list, or it does not relay",
        "Set up SPF and DKIM for the sender's domain, or use a server and an account that may send",
      ],
    },
  ),
  remedy(SPAM, {
    zh: ["邮件内容被判定为垃圾邮件", "请修改告警文字或模板，或请收件方把发件人加入白名单"],
    en: [
      "The mail was taken for spam",
      "Change the alert's text or the template, or have the sender allowed there",
    ],
  }),
  remedy(/mailbox (is )?full|over ?quota|\b[45]\.2\.2\b/i, {
    zh: ["收件箱已满", "请通知该收件人清理邮箱"],
    en: ["The recipient's mailbox is full", "Tell its owner"],
  }),
  remedy(/\b5\.(3\.4|2\.3)\b|(?:^|\s)55[27][ -]|EMESSAGE|message (size|too)/i, {
    zh: ["邮件超过服务器允许的大小", "请精简模板"],
    en: ["The mail is larger than the server takes", "Shorten the template"],
  }),
  remedy(
    /(?:^|\s)(524|526|550|551|553|554|559|563)[ -]|\b5\.[12]\.\d|user (is )?unknown|no such|(does not|doesn't) exist|recipient rejected/i,
    {
      zh: ["收件地址不存在、已停用或拒收", "请在“成员”页核对邮箱地址，已离职的请移出告警组"],
      en: [
        "The address does not exist, is disabled or takes no mail",
        "Check it on the Members page; remove those who have left from the group",
      ],
    },
  ),
  remedy(/(?:^|\s)(500|501|502|503|504|555)[ -]/, {
    zh: ["邮件服务器不接受该命令：可能不是 SMTP 端口，或要求先加密、先登录", "请核对主机、端口与 TLS 设置"],
    en: [
      "The server does not take the command: it may be another port's, or want TLS or a login first",
      "Check host, port and the TLS setting",
    ],
  }),
  remedy(/no member of the group has an address/, {
    zh: ["告警组的成员都没有邮箱，目标也没有填写收件人", "请在“成员”页填写邮箱，或在投递目标中填写收件人"],
    en: [
      "No member of the group has a mail address, and the destination names none",
      "Set addresses on the Members page, or recipients in the destination",
    ],
  }),
  remedy(/(?:^|\s)4\d\d[ -]/, {
    zh: ["邮件服务器暂时不收", "一般会自行恢复，无需处理；若持续，请查看对方的服务状态"],
    en: [
      "The mail server rejected the mail temporarily",
      "It usually passes by itself; if it lasts, look at the provider's status",
    ],
  }),
];
