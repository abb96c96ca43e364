import { defineChannel, laneAt, server, z } from "../relay/channel.ts";
import { verdictOnPhone } from "./_aliyun/answer.ts";
import { KEY_WORDS, keyFields } from "./_aliyun/key.ts";
import { PHONE_REMEDIES } from "./_aliyun/remedies.ts";
import { signedCall } from "./_aliyun/signature.ts";
import { charsField, MOBILE, namedVariables, PHONE_WORDS, resolvedField, signName } from "./_sms/fields.ts";
import { numberFor } from "./_sms/recipient.ts";
import { namedValuesOf } from "./_sms/variables.ts";

const config = z.object({
  ...keyFields,
  signName,
  templateCode: z.string().trim().min(1).meta({
    title: "Template",
    description: "The code of an approved notification template, which begins with SMS_.",
  }),
  variables: namedVariables,
  chars: charsField({ most: 500, standard: 35 }), // assumed: of a variable of the kind "other"
  resolved: resolvedField(true),
  base: server({ default: "https://dysmsapi.aliyuncs.com" }),
});

export default defineChannel({
  api: 1,
  name: "aliyun_sms",
  title: "Aliyun SMS",
  docs: "https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms",
  config,
  limits: {
    titleChars: 60, // our choice: a variable is shorter still
    body: { characters: 200 }, // our choice: about what a template holds of a message
    rates: [{ messages: 60, per: 60_000 }], // our choice: more becomes a digest, because nobody reads more
  },
  per: "recipient",
  address: MOBILE,
  lane: ({ base, accessKeyId, signName }) => laneAt(base, accessKeyId, signName),
  request: async (config, message, { now, id }) => {
    const number = numberFor(message, config);
    if ("kind" in number) return number;
    return await signedCall(config, {
      base: config.base,
      action: "SendSms",
      version: "2017-05-25",
      nonce: `${id}-${now}`,
      query: {
        PhoneNumbers: number.short,
        SignName: config.signName,
        TemplateCode: config.templateCode,
        TemplateParam: namedValuesOf(config.variables, message, config),
      },
    }, { now });
  },
  verdict: verdictOnPhone,
  remedies: PHONE_REMEDIES,
  words: {
    zh: {
      ...KEY_WORDS,
      ...PHONE_WORDS,
      "Aliyun SMS": "阿里云短信",
      "Template": "短信模板",
      "The code of an approved notification template, which begins with SMS_.":
        "已通过审核的通知模板代码，以 SMS_ 开头。",
    },
  },
  // https://help.aliyun.com/document_detail/101346.html
  fixtures: {
    accepted: [{
      json: {
        Message: "OK",
        RequestId: "F655A8D5-B967-440B-8683-DAD6FF8DE990",
        BizId: "900619746936498440^0",
        Code: "OK",
      },
    }],
    throttled: [
      {
        about: "the day's limit of the account",
        json: { Message: "触发日发送限额", RequestId: "x", Code: "isv.DAY_LIMIT_CONTROL" },
      },
      {
        about: "the API's limit",
        status: 400,
        json: {
          Message: "Request was denied due to user flow control.",
          RequestId: "x",
          Code: "Throttling.User",
        },
      },
    ],
    refused: [
      {
        about: "the signature",
        what: "config",
        json: { Message: "该账号下找不到对应签名", RequestId: "x", Code: "isv.SMS_SIGNATURE_ILLEGAL" },
      },
      {
        about: "an address outside China",
        what: "config",
        json: { Message: "源IP地址所在的地区被禁用", RequestId: "x", Code: "isv.DENY_IP_RANGE" },
      },
      {
        about: "the access key",
        what: "config",
        status: 404,
        json: {
          Message: "Specified access key is not found.",
          RequestId: "x",
          Code: "InvalidAccessKeyId.NotFound",
        },
      },
      {
        about: "the number",
        what: "recipient",
        json: { Message: "非法手机号", RequestId: "x", Code: "isv.MOBILE_NUMBER_ILLEGAL" },
      },
      {
        about: "an address in a variable",
        what: "payload",
        json: { Message: "不支持URL", RequestId: "x", Code: "isv.PARAM_NOT_SUPPORT_URL" },
      },
    ],
    retried: [
      {
        about: "one number had enough",
        json: { Message: "触发小时级流控Permits:5", RequestId: "x", Code: "isv.BUSINESS_LIMIT_CONTROL" },
      },
      { json: { Message: "isp.SYSTEM_ERROR", RequestId: "x", Code: "isp.SYSTEM_ERROR" } },
      { about: "a page", text: "<html></html>" },
    ],
  },
  sample: {
    accessKeyId: "LTAI+/=&",
    accessKeySecret: "A0/+=&%23 cd",
    signName: '烽火"&=',
    templateCode: "SMS_1",
    variables: { name: "{severity} {name}", object: "{object}" },
    base: "https://sms.example.com/gw",
  },
});
