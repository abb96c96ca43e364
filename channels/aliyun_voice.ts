import { defineChannel, laneAt, server, z } from "../relay/channel.ts";
import { verdictOnPhone } from "./_aliyun/answer.ts";
import { KEY_WORDS, keyFields } from "./_aliyun/key.ts";
import { PHONE_REMEDIES } from "./_aliyun/remedies.ts";
import { signedCall } from "./_aliyun/signature.ts";
import { afterAMinute } from "./_sms/call.ts";
import { charsField, MOBILE, namedVariables, PHONE_WORDS, resolvedField, timesField } from "./_sms/fields.ts";
import { chineseNumberFor } from "./_sms/recipient.ts";
import { namedValuesOf } from "./_sms/variables.ts";

/** Of all variables together, in characters: https://help.aliyun.com/document_detail/393519.html */
const ALL_CHARS = 249;

const config = z.object({
  ...keyFields,
  ttsCode: z.string().trim().min(1).meta({
    title: "Template",
    description: "The code of an approved text-to-speech template, which begins with TTS_.",
  }),
  variables: namedVariables,
  chars: charsField({ most: ALL_CHARS, standard: 100 }),
  showNumber: z.string().trim().min(1).optional().meta({
    title: "Caller's number",
    description: "One that you have bought, in the dedicated mode; empty in the shared one.",
  }),
  playTimes: timesField(3),
  resolved: resolvedField(false),
  base: server({ default: "https://dyvmsapi.aliyuncs.com" }),
});

export default defineChannel({
  api: 1,
  name: "aliyun_voice",
  title: "Aliyun voice",
  docs: "https://help.aliyun.com/zh/vms/developer-reference/api-dyvmsapi-2017-05-25-singlecallbytts",
  config,
  limits: {
    titleChars: 60, // our choice: it is read out
    body: { characters: 200 }, // our choice: about what a template holds of a message
    rates: [{ messages: 20, per: 60_000 }], // our choice: more becomes a digest; a number takes one call a minute
  },
  per: "recipient",
  address: MOBILE,
  lane: ({ base, accessKeyId }) => laneAt(base, accessKeyId, "voice"),
  request: async (config, message, { now, id }) => {
    const number = chineseNumberFor(message, config); // the called number: the API's page above
    if ("kind" in number) return number;
    const count = Math.max(1, Object.keys(config.variables).length);
    const chars = Math.min(config.chars, Math.floor(ALL_CHARS / count));
    return await signedCall(config, {
      base: config.base,
      action: "SingleCallByTts",
      version: "2017-05-25",
      nonce: `${id}-${now}`,
      query: {
        CalledNumber: number.short,
        CalledShowNumber: config.showNumber,
        TtsCode: config.ttsCode,
        PlayTimes: String(config.playTimes),
        TtsParam: namedValuesOf(config.variables, message, { chars }),
      },
    }, { now });
  },
  verdict: (response, context) => afterAMinute(verdictOnPhone(response, context)),
  remedies: PHONE_REMEDIES,
  words: {
    zh: {
      ...KEY_WORDS,
      ...PHONE_WORDS,
      "Aliyun voice": "阿里云语音",
      "Template": "语音模板",
      "The code of an approved text-to-speech template, which begins with TTS_.":
        "已通过审核的文本转语音模板代码，以 TTS_ 开头。",
      "Caller's number": "主叫显号",
      "One that you have bought, in the dedicated mode; empty in the shared one.":
        "专属模式填写已购买的号码；公共模式留空。",
    },
  },
  // https://help.aliyun.com/document_detail/114035.htm
  fixtures: {
    accepted: [{
      json: {
        Code: "OK",
        Message: "OK",
        RequestId: "D9CB3933-9FE3-4870-BA8E-2BEE91B69D23",
        CallId: "116012354148^102281778831",
      },
    }],
    throttled: [{
      about: "the API's limit",
      status: 400,
      json: {
        Message: "Request was denied due to user flow control.",
        RequestId: "x",
        Code: "Throttling.User",
      },
    }],
    refused: [
      {
        about: "no balance",
        what: "config",
        json: { Message: "业务停机", RequestId: "x", Code: "isv.OUT_OF_SERVICE" },
      },
      {
        about: "the number",
        what: "recipient",
        json: { Message: "非法手机号", RequestId: "x", Code: "isv.MOBILE_NUMBER_ILLEGAL" },
      },
      {
        about: "a variable",
        what: "payload",
        json: { Message: "参数超出长度限制", RequestId: "x", Code: "isv.PARAM_LENGTH_LIMIT" },
      },
    ],
    retried: [
      {
        about: "the number had a call a moment ago",
        json: { Message: "触发分钟级流控Permits:1", RequestId: "x", Code: "isv.BUSINESS_LIMIT_CONTROL" },
      },
      { json: { Message: "isp.SYSTEM_ERROR", RequestId: "x", Code: "isp.SYSTEM_ERROR" } },
    ],
  },
  sample: {
    accessKeyId: "LTAI+/=&",
    accessKeySecret: "A0/+=&%23 cd",
    ttsCode: "TTS_1",
    variables: { name: "{severity} {name}", object: "{object}" },
    showNumber: "0571+0000",
    base: "https://voice.example.com/gw",
  },
});
