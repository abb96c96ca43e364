import {
  COMMONMARK,
  defineChannel,
  delivered,
  laneAt,
  remedy,
  secret,
  server,
  throttled,
  z,
} from "../relay/channel.ts";
import { type Codes, verdictByCode } from "./_answers/by_code.ts";
import { untilMidnight } from "./_answers/calendar.ts";
import { fieldsOf, wordsOf } from "./_answers/json.ts";
import { no } from "./_answers/reading.ts";

const config = z.object({
  key: secret("SendKey", {
    description: "Begins with SCT, or with sctp for ServerChan³.",
    part: "the part before .send",
  }),
  base: server({ optional: true, description: "What stands before the key: only for the simulator." }),
});

/** ServerChan's answer when the day's messages are used up: seen in the field, with 40001 like a wrong key. */
const USED_UP = /超过当天|次数限制/;

/** Assumed, from clients in the field: any other code refuses the message. */
const CODES: Codes = {
  0: () => delivered(),
  40001: (words, context) =>
    USED_UP.test(words)
      ? throttled(words, { waitMs: untilMidnight(context.now), quota: true })
      : no("config")(words, context),
};

export default defineChannel({
  api: 1,
  name: "serverchan",
  title: "ServerChan",
  docs: "https://sct.ftqq.com/sendkey",
  config,
  hosts: ["sctapi.ftqq.com", "*.push.ft07.com"],
  limits: {
    titleChars: 30, // the page above: 32, of which a sign such as 🔴 may count as two
    body: { bytes: 32_000 }, // the same page: 32 KB
  },
  form: { ...COMMONMARK, lines: "\n\n" }, // a single line end is lost
  titleApart: true,
  lane: ({ base, key }) => laneAt(base ?? addressOf(key), key),
  request: ({ key, base }, { title, severity, body }) => ({
    url: `${base ?? addressOf(key)}/${encodeURIComponent(key)}.send`,
    json: { title: title.trim() || severity, desp: body },
  }),
  verdict: (response, context) => {
    const { code, message, data } = fieldsOf(response.json);
    const { errno, error } = fieldsOf(data);
    const isRefused = code === 0 && errno !== undefined && errno !== 0; // accepted, and then refused by WeChat
    return verdictByCode(response, {
      code: isRefused ? errno : code,
      words: isRefused ? wordsOf(errno, error) : wordsOf(code, message),
      codes: CODES,
    }, context);
  },
  remedies: [
    remedy(USED_UP, {
      zh: ["今天的发送次数已用完", "明天自动恢复；可在 sct.ftqq.com 升级会员，或为该目标设置备用渠道"],
      en: [
        "The day's messages are used up",
        "It resumes tomorrow; upgrade the plan at sct.ftqq.com, or give the destination a fallback",
      ],
    }),
    remedy(["40001"], {
      zh: ["SendKey 不正确或已被重置", "请在 sct.ftqq.com → SendKey 重新复制"],
      en: ["The SendKey is wrong or was reset", "Copy it again from sct.ftqq.com → SendKey"],
    }),
  ],
  words: {
    zh: {
      "ServerChan": "Server酱",
      "SendKey": "SendKey",
      "Begins with SCT, or with sctp for ServerChan³.": "以 SCT 开头；Server酱³ 以 sctp 开头。",
      "What stands before the key: only for the simulator.": "密钥之前的地址：仅用于模拟器。",
    },
  },
  // Clients in the field, and the page above.
  fixtures: {
    accepted: [{
      json: { code: 0, message: "", data: { pushid: "1", readkey: "S", error: "SUCCESS", errno: 0 } },
    }],
    throttled: [{
      about: "the day's messages are used up",
      status: 400,
      json: { code: 40001, message: "[AUTH]超过当天的发送次数限制[5]" },
    }],
    refused: [{
      about: "no such key",
      what: "config",
      status: 400,
      json: { code: 40001, message: "[AUTH]用户不存在或者权限不足" },
    }],
    retried: [{ about: "a page", text: "<html></html>" }],
  },
  target: {
    hosts: ["sctapi.ftqq.com", "*.push.ft07.com"],
    example: "https://sctapi.ftqq.com/SCT0123abcd.send",
    read: ({ pathname }) => {
      const [, key] = /\/(sctp?\w+)\.send$/i.exec(pathname) ?? [];
      return key === undefined ? "The address is not of the form /….send: give the whole address" : { key };
    },
  },
  sample: { key: "SCT123+/=&%23 cd", base: "https://sct.example.com/" },
});

/** A key of ServerChan³ contains its own host. */
function addressOf(key: string): string {
  const [, uid] = /^sctp(\d+)t/i.exec(key) ?? [];
  return uid === undefined ? "https://sctapi.ftqq.com" : `https://${uid}.push.ft07.com/send`;
}
