import { defineChannel, laneAt, type Message, z } from "../relay/channel.ts";
import { MOBILE, PHONE_WORDS, resolvedField, timesField, VARIABLES_HELP } from "./_sms/fields.ts";
import { numberFor } from "./_sms/recipient.ts";
import { pattern, valuesOf } from "./_sms/variables.ts";
import { ACCOUNT_WORDS, accountFields, callOf } from "./_twilio/account.ts";
import { FIXTURES, verdictOn } from "./_twilio/answer.ts";
import { REMEDIES } from "./_twilio/remedies.ts";

const config = z.object({
  ...accountFields,
  from: z.string().trim().regex(/^\+\d{5,15}$/, "must be a number such as +15017122661").meta({
    title: "Caller's number",
    description: "A number bought from Twilio, or verified there, such as +15017122661.",
  }),
  say: pattern.default("{status} {severity}. {title}. {text}").meta({
    title: "What the call says",
    description: VARIABLES_HELP,
  }),
  times: timesField(5),
  resolved: resolvedField(false),
});

/** Our choice, about half a minute; TwiML may have 4,000 characters: https://www.twilio.com/docs/voice/api/call-resource */
const SPOKEN_CHARS = 200;

/** https://www.twilio.com/docs/voice/twiml/say */
const LANGUAGES = { zh: "zh-CN", en: "en-US" } as const;

export default defineChannel({
  api: 1,
  name: "twilio_voice",
  title: "Twilio voice",
  docs: "https://www.twilio.com/docs/voice/api/call-resource",
  config,
  limits: {
    titleChars: 60, // our choice: it is read out
    // An account starts one call a second, and Twilio queues the others; the second rate is our choice.
    rates: [{ messages: 1, per: 1_000 }, { messages: 20, per: 60_000 }],
  },
  per: "recipient",
  address: MOBILE,
  lane: ({ base, account, from }) => laneAt(base, account, from),
  request: (config, message) => {
    const number = numberFor(message, config);
    if ("kind" in number) return number;
    return callOf(config, "Calls", { To: number.e164, From: config.from, Twiml: twimlOf(config, message) });
  },
  verdict: verdictOn,
  fixtures: {
    accepted: [{
      status: 201,
      json: { sid: "CAb0a2d1f0e8ae6ade43cb3c0ce4525424", status: "queued", direction: "outbound-api" },
    }],
    ...FIXTURES,
  },
  remedies: REMEDIES,
  words: {
    zh: {
      ...ACCOUNT_WORDS,
      ...PHONE_WORDS,
      "Twilio voice": "Twilio 语音",
      "Caller's number": "主叫号码",
      "A number bought from Twilio, or verified there, such as +15017122661.":
        "在 Twilio 购买或验证过的号码，例如 +15017122661",
      "What the call says": "电话内容",
    },
  },
  sample: {
    account: "AC0123456789abcdef0123456789abcdef",
    secret: "A0/+=&%23 cd",
    from: "+15017122661",
    say: "{severity} <b>{name}</b> & {text}",
    base: "https://twilio.example.com/",
  },
});

function twimlOf({ say, times }: z.output<typeof config>, message: Message): string {
  const [words] = valuesOf([say], message, { chars: SPOKEN_CHARS }) as [string];
  const said = `<Say language="${LANGUAGES[message.locale]}">${escaped(words)}</Say>`;
  return `<Response>${Array(times).fill(said).join('<Pause length="1"/>')}</Response>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
