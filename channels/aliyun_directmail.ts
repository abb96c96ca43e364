import { type ChannelRequest, defineChannel, laneAt, remedy, server, z } from "../relay/channel.ts";
import { verdictOn } from "./_aliyun/directmail_answer.ts";
import { KEY_WORDS, keyFields } from "./_aliyun/key.ts";
import { signedCall } from "./_aliyun/signature.ts";
import { MAIL_WORDS, ownAddress, replyTo, to } from "./_mail/fields.ts";
import { LIMITS, sendThrough, TIMEOUT } from "./_mail/provider.ts";
import type { WebMail } from "./_mail/web_mail.ts";

const config = z.object({
  ...keyFields,
  from: ownAddress.meta({
    title: "From",
    description: "The sender's address, as it is set up in DirectMail's console.",
  }),
  alias: z.string().min(1).max(14).optional().meta({
    title: "Sender's name",
    description: "What readers see beside the address: at most 14 characters.",
  }),
  to,
  reply_to: replyTo,
  base: server({
    default: "https://dm.aliyuncs.com",
    description:
      "By the region: https://dm.aliyuncs.com, or https://dm.ap-southeast-1.aliyuncs.com for Singapore.",
  }),
});

type Config = z.output<typeof config>;

/** https://www.alibabacloud.com/help/en/direct-mail/api-dm-2015-11-23-singlesendmail */
const RECIPIENTS = 100;
const SUBJECT_CHARS = 100;

export default defineChannel({
  api: 1,
  name: "aliyun_directmail",
  title: "Aliyun DirectMail",
  docs: "https://www.alibabacloud.com/help/en/direct-mail/api-dm-2015-11-23-singlesendmail",
  config,
  limits: LIMITS,
  form: "html",
  timeout: TIMEOUT,
  lane: ({ base, accessKeyId }) => laneAt(base, accessKeyId),
  send: sendThrough({ recipients: RECIPIENTS, subjectChars: SUBJECT_CHARS, requestOf, verdictOn }),
  fixtures: {
    accepted: [{
      status: 200,
      json: { EnvId: "600000108488000066", RequestId: "82B295BB-7E69-491F-9896-ECEAFF09E1A4" },
    }],
    throttled: [{
      status: 400,
      json: {
        RequestId: "x",
        Code: "Throttling.User",
        Message: "Request was denied due to user flow control.",
      },
    }],
    refused: [
      {
        about: "no such key",
        what: "config",
        status: 404,
        json: {
          RequestId: "x",
          Code: "InvalidAccessKeyId.NotFound",
          Message: "Specified access key is not found.",
        },
      },
      {
        about: "the secret is wrong",
        what: "config",
        status: 400,
        json: {
          RequestId: "x",
          Code: "SignatureDoesNotMatch",
          Message: "Specified signature does not match our calculation. server string to sign is:POST…",
        },
      },
      {
        about: "no such sender",
        what: "config",
        status: 404,
        json: {
          RequestId: "x",
          Code: "InvalidMailAddress.NotFound",
          Message: "The specified mailAddress does not exist.",
        },
      },
      {
        about: "a recipient",
        what: "recipient",
        status: 400,
        json: {
          RequestId: "x",
          Code: "InvalidToAddress",
          Message: "The specified toAddress is wrongly formed.",
        },
      },
      {
        about: "taken for spam",
        what: "payload",
        status: 400,
        json: {
          RequestId: "x",
          Code: "InvalidSendMail.Spam",
          Message: "This mail was rejected by the server.",
        },
      },
    ],
    retried: [
      { status: 503, json: { RequestId: "x", Code: "ServiceUnavailable", Message: "x" } },
      {
        about: "the clock",
        status: 400,
        json: {
          RequestId: "x",
          Code: "InvalidTimeStamp.Expired",
          Message: "Specified time stamp is expired.",
        },
      },
    ],
  },
  remedies: [
    remedy(/InvalidAccessKeyId|SignatureDoesNotMatch/, {
      zh: ["AccessKey 无效或密钥不正确", "请在阿里云 RAM 控制台核对 AccessKey，重新填写 ID 与密钥"],
      en: [
        "The AccessKey is not valid, or its secret is wrong",
        "Check it at Aliyun's RAM console, and set both again",
      ],
    }),
    remedy(/Forbidden/, {
      zh: ["该 RAM 用户没有邮件推送的权限", "请为其授予 AliyunDirectMailFullAccess"],
      en: ["The RAM user may not use DirectMail", "Grant it AliyunDirectMailFullAccess"],
    }),
    remedy(/InvalidMailAddress|InvalidFromAlias/, {
      zh: ["发信地址不存在或未通过验证", "请在邮件推送控制台核对发信地址与域名"],
      en: [
        "The sender's address does not exist or is not verified",
        "Check address and domain at DirectMail's console",
      ],
    }),
    remedy(/InvalidToAddress|InvalidReceiver/, {
      zh: ["收件人地址不被接受", "请核对成员的邮箱"],
      en: ["A recipient's address is not accepted", "Check the members' e-mail addresses"],
    }),
    remedy(/InvalidSendMail\.Spam|InvalidSubject|InvalidBody/, {
      zh: ["邮件的主题或正文被拒绝", "请精简模板或告警内容，避免类似垃圾邮件的文字"],
      en: [
        "The subject or the text was refused",
        "Shorten the template, and avoid words that look like spam",
      ],
    }),
    remedy(["InvalidTimeStamp.Expired"], {
      zh: ["中继的时钟与阿里云相差超过 15 分钟", "请为中继所在机器开启时间同步（NTP）"],
      en: ["The relay's clock is more than 15 minutes off", "Let NTP set the clock of the relay's machine"],
    }),
    remedy(/Throttling/, {
      zh: ["调用过快，被阿里云限流", "属正常现象：限流期间告警会等待；长期如此请减少告警或申请提额"],
      en: [
        "Aliyun limits the rate",
        "This is normal: alerts wait meanwhile; if it lasts, ask Aliyun for a higher quota",
      ],
    }),
  ],
  words: {
    zh: {
      ...MAIL_WORDS,
      "Aliyun DirectMail": "阿里云邮件推送",
      ...KEY_WORDS,
      "The sender's address, as it is set up in DirectMail's console.": "发信地址，须已在邮件推送控制台创建",
      "Sender's name": "发信人昵称",
      "What readers see beside the address: at most 14 characters.": "收件人看到的名称，最多 14 个字符",
      "By the region: https://dm.aliyuncs.com, or https://dm.ap-southeast-1.aliyuncs.com for Singapore.":
        "按地域：https://dm.aliyuncs.com；新加坡为 https://dm.ap-southeast-1.aliyuncs.com",
    },
  },
  sample: {
    accessKeyId: "LTAI+/=",
    accessKeySecret: "A0/+=&%23 cd",
    from: "ops@example.com",
    alias: '告警 "</b>',
    to: ["on-call@example.com"],
    reply_to: "值班 <on-call@example.com>",
    base: "https://directmail.example.com/",
  },
});

async function requestOf(
  config: Config,
  mail: WebMail,
  { now, id }: { now: number; id: string },
): Promise<ChannelRequest> {
  return await signedCall(config, {
    base: config.base,
    action: "SingleSendMail",
    version: "2015-11-23",
    nonce: `${id}-${now}`,
    form: {
      AccountName: mail.from.address,
      AddressType: "1", // the sender's own address
      ReplyToAddress: "false", // that of the console
      ReplyAddress: mail.replyTo?.address,
      ReplyAddressAlias: mail.replyTo?.name || undefined,
      FromAlias: config.alias,
      ToAddress: mail.to.map(({ address }) => address).join(","),
      Subject: mail.subject,
      ...mail.html === undefined ? { TextBody: mail.text } : { HtmlBody: mail.html },
      ClickTrace: "0",
    },
  }, { now });
}
