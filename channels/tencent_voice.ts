import { defineChannel, laneAt, server, z } from "../relay/channel.ts";
import { afterAMinute } from "./_sms/call.ts";
import {
  charsField,
  listedVariables,
  MOBILE,
  PHONE_WORDS,
  resolvedField,
  timesField,
} from "./_sms/fields.ts";
import { chineseNumberFor } from "./_sms/recipient.ts";
import { valuesOf } from "./_sms/variables.ts";
import { verdictOnPhone } from "./_tencent/answer.ts";
import { KEY_WORDS, keyFields, region } from "./_tencent/key.ts";
import { PHONE_REMEDIES } from "./_tencent/remedies.ts";
import { signedCall } from "./_tencent/signature.ts";

/**
 * The most characters of the whole call: https://cloud.tencent.com/document/api/1128/51558. Our choice: 100 of them
 * for the template's own text.
 */
const ALL_CHARS = 350 - 100;

const config = z.object({
  ...keyFields,
  sdkAppId: z.string().regex(/^\d+$/, "must be a number, such as 1400006666").meta({
    title: "VoiceSdkAppid",
    description: "Of an application in the voice console; another than that of text messages.",
  }),
  templateId: z.string().regex(/^\d+$/, "must be a number").meta({ title: "Template id" }),
  variables: listedVariables,
  chars: charsField({ most: ALL_CHARS, standard: 100 }),
  playTimes: timesField(3),
  resolved: resolvedField(false),
  region,
  base: server({ default: "https://vms.tencentcloudapi.com" }),
});

export default defineChannel({
  api: 1,
  name: "tencent_voice",
  title: "Tencent Cloud voice",
  docs: "https://cloud.tencent.com/document/api/1128/51558",
  config,
  limits: {
    titleChars: 60, // our choice: it is read out
    body: { characters: 200 }, // our choice: about what a template holds of a message
    rates: [{ messages: 20, per: 60_000 }], // our choice: more becomes a digest
  },
  per: "recipient",
  address: MOBILE,
  lane: ({ base, sdkAppId }) => laneAt(base, sdkAppId),
  request: async (config, message, { now, id }) => {
    const number = chineseNumberFor(message, config);
    if ("kind" in number) return number;
    const chars = Math.min(config.chars, Math.floor(ALL_CHARS / Math.max(1, config.variables.length)));
    return await signedCall(config, {
      base: config.base,
      service: "vms",
      action: "SendTtsVoice",
      version: "2020-09-02",
      region: config.region,
      body: JSON.stringify({
        TemplateId: config.templateId,
        CalledNumber: number.e164,
        VoiceSdkAppid: config.sdkAppId,
        TemplateParamSet: valuesOf(config.variables, message, { chars }),
        PlayTimes: config.playTimes,
        SessionContext: id,
      }),
    }, { now });
  },
  verdict: (response, context) => afterAMinute(verdictOnPhone(response, context)),
  remedies: PHONE_REMEDIES,
  words: {
    zh: {
      ...KEY_WORDS,
      ...PHONE_WORDS,
      "Tencent Cloud voice": "腾讯云语音",
      "VoiceSdkAppid": "VoiceSdkAppid",
      "Of an application in the voice console; another than that of text messages.":
        "语音控制台中应用的 ID，与短信应用不同。",
      "Template id": "模板 ID",
    },
  },
  // https://cloud.tencent.com/document/api/1128/51558
  fixtures: {
    accepted: [{
      json: {
        Response: {
          SendStatus: { CallId: "12582bce-403c-11eb-96b8-525400476c37", SessionContext: "sc-t" },
          RequestId: "91260bb8-cf91-4f3e-a81f-919811",
        },
      },
    }],
    throttled: [{
      about: "too many calls of the API",
      json: { Response: { Error: { Code: "RequestLimitExceeded", Message: "x" }, RequestId: "x" } },
    }],
    refused: [
      {
        about: "the caller's number has expired",
        what: "config",
        json: {
          Response: {
            Error: { Code: "FailedOperation.PhonenumberUnappliedOrExpired", Message: "x" },
            RequestId: "x",
          },
        },
      },
      {
        about: "no such application",
        what: "config",
        json: {
          Response: {
            Error: { Code: "InvalidParameterValue.SdkAppidNotExist", Message: "x" },
            RequestId: "x",
          },
        },
      },
      {
        about: "the number",
        what: "recipient",
        json: {
          Response: {
            Error: { Code: "InvalidParameterValue.CalledNumberVerifyFail", Message: "x" },
            RequestId: "x",
          },
        },
      },
      {
        about: "a word on a list",
        what: "payload",
        json: {
          Response: { Error: { Code: "FailedOperation.ContainSensitiveWord", Message: "x" }, RequestId: "x" },
        },
      },
    ],
    retried: [
      {
        about: "the number had a call a moment ago",
        json: {
          Response: { Error: { Code: "LimitExceeded.DeliveryFrequencyLimit", Message: "x" }, RequestId: "x" },
        },
      },
      {
        json: { Response: { Error: { Code: "InternalError.UpstreamError", Message: "x" }, RequestId: "x" } },
      },
    ],
  },
  sample: {
    secretId: "AKID+/=&",
    secretKey: "A0/+=&%23 cd",
    sdkAppId: "1400000000",
    templateId: "100000",
    variables: ["{severity} {name}", "{object}"],
    base: "https://voice.example.com/gw",
  },
});
