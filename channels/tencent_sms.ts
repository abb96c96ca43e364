import { defineChannel, laneAt, server, z } from "../relay/channel.ts";
import { charsField, listedVariables, MOBILE, PHONE_WORDS, resolvedField, signName } from "./_sms/fields.ts";
import { numberFor } from "./_sms/recipient.ts";
import { valuesOf } from "./_sms/variables.ts";
import { verdictOnPhone } from "./_tencent/answer.ts";
import { KEY_WORDS, keyFields, region } from "./_tencent/key.ts";
import { PHONE_REMEDIES } from "./_tencent/remedies.ts";
import { signedCall } from "./_tencent/signature.ts";

const config = z.object({
  ...keyFields,
  sdkAppId: z.string().regex(/^\d+$/, "must be a number, such as 1400006666").meta({ title: "SdkAppId" }),
  signName,
  templateId: z.string().regex(/^\d+$/, "must be a number").meta({ title: "Template id" }),
  variables: listedVariables,
  chars: charsField({ most: 500, standard: 35 }), // ours, as the page names no number
  resolved: resolvedField(true),
  region,
  base: server({ default: "https://sms.tencentcloudapi.com" }),
});

export default defineChannel({
  api: 1,
  name: "tencent_sms",
  title: "Tencent Cloud SMS",
  docs: "https://cloud.tencent.com/document/api/382/55981",
  config,
  limits: {
    titleChars: 60, // our choice: a variable is shorter still
    body: { characters: 200 }, // our choice: about what a template holds of a message
    rates: [{ messages: 60, per: 60_000 }], // our choice: more becomes a digest, because nobody reads more
  },
  per: "recipient",
  address: MOBILE,
  lane: ({ base, sdkAppId }) => laneAt(base, sdkAppId),
  request: async (config, message, { now, id }) => {
    const number = numberFor(message, config);
    if ("kind" in number) return number;
    return await signedCall(config, {
      base: config.base,
      service: "sms",
      action: "SendSms",
      version: "2021-01-11",
      region: config.region,
      body: JSON.stringify({
        PhoneNumberSet: [number.e164],
        SmsSdkAppId: config.sdkAppId,
        SignName: config.signName,
        TemplateId: config.templateId,
        TemplateParamSet: valuesOf(config.variables, message, config),
        SessionContext: id,
      }),
    }, { now });
  },
  verdict: verdictOnPhone,
  remedies: PHONE_REMEDIES,
  words: {
    zh: {
      ...KEY_WORDS,
      ...PHONE_WORDS,
      "Tencent Cloud SMS": "腾讯云短信",
      "SdkAppId": "SdkAppId",
      "Template id": "模板 ID",
    },
  },
  // https://cloud.tencent.com/document/api/382/55981
  fixtures: {
    accepted: [{
      json: {
        Response: {
          SendStatusSet: [{
            SerialNo: "5000:1045710669157053657849499619",
            PhoneNumber: "+8618511122233",
            Fee: 1,
            SessionContext: "test",
            Code: "Ok",
            Message: "send success",
            IsoCode: "CN",
          }],
          RequestId: "a0aabda6-cf91-4f3e-a81f-9198114a2279",
        },
      },
    }],
    throttled: [
      {
        about: "too many calls",
        json: {
          Response: {
            Error: { Code: "RequestLimitExceeded.UinLimitExceeded", Message: "x" },
            RequestId: "x",
          },
        },
      },
      {
        about: "the application's limit of the day",
        json: {
          Response: {
            SendStatusSet: [{ Code: "LimitExceeded.AppDailyLimit", Message: "x" }],
            RequestId: "x",
          },
        },
      },
    ],
    refused: [
      {
        about: "a wrong key",
        what: "config",
        json: {
          Response: {
            Error: {
              Code: "AuthFailure.SignatureFailure",
              Message:
                "The provided credentials could not be validated. Please check your signature is correct.",
            },
            RequestId: "x",
          },
        },
      },
      {
        about: "the package is used up",
        what: "config",
        json: {
          Response: {
            SendStatusSet: [{ Code: "FailedOperation.InsufficientBalanceInSmsPackage", Message: "x" }],
            RequestId: "x",
          },
        },
      },
      {
        about: "the number",
        what: "recipient",
        json: {
          Response: {
            SendStatusSet: [{ Code: "InvalidParameterValue.IncorrectPhoneNumber", Message: "x" }],
            RequestId: "x",
          },
        },
      },
      {
        about: "a variable that is too long",
        what: "payload",
        json: {
          Response: {
            SendStatusSet: [{ Code: "InvalidParameterValue.TemplateParameterLengthLimit", Message: "x" }],
            RequestId: "x",
          },
        },
      },
    ],
    retried: [
      {
        about: "one number had enough",
        json: {
          Response: {
            SendStatusSet: [{ Code: "LimitExceeded.PhoneNumberDailyLimit", Message: "x" }],
            RequestId: "x",
          },
        },
      },
      { json: { Response: { Error: { Code: "InternalError.Timeout", Message: "x" }, RequestId: "x" } } },
      { about: "a page", text: "<html></html>" },
    ],
  },
  sample: {
    secretId: "AKID+/=&",
    secretKey: "A0/+=&%23 cd",
    sdkAppId: "1400000000",
    signName: '烽火"&=',
    templateId: "100000",
    variables: ["{severity} {name}", "{object}"],
    base: "https://sms.example.com/gw",
  },
});
