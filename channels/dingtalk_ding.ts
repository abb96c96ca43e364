import {
  defineChannel,
  delivered,
  laneAt,
  type Message,
  refused,
  skipped,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { fieldsOf } from "./_answers/json.ts";
import { ADDRESSES, APP_WORDS, base, HOSTS, keyFields, robotCode } from "./_dingtalk/app_fields.ts";
import { DingTalk } from "./_dingtalk/enterprise.ts";
import { ENTERPRISE_REMEDIES } from "./_dingtalk/enterprise_remedies.ts";
import { peopleOf } from "./_dingtalk/people.ts";
import { type ChatUser, withMissing } from "./_enterprise/members.ts";
import { type Conversation, inConversation } from "./_enterprise/conversation.ts";

const config = z.object({
  ...keyFields,
  robotCode,
  remind: z.enum(["app", "sms", "call"]).default("app").meta({
    title: "Reminder",
    description:
      "How members are reminded: in the app, by text message, or by a call. Text messages and calls are " +
      "bought; where none are left, the next quieter way is taken.",
  }),
  resolved: z.boolean().default(false).meta({
    title: "Also when resolved",
    description: "Whether members are reminded once more when the alert is resolved.",
  }),
  base,
});

type Config = z.output<typeof config>;

/** The ways, from the loudest, each with the people in one call: https://open.dingtalk.com/document/orgapp/robot-sends-nail-message */
const WAYS = [
  { remind: "call", remindType: 3, most: 20 },
  { remind: "sms", remindType: 2, most: 20 },
  { remind: "app", remindType: 1, most: 200 },
] as const;

type Way = typeof WAYS[number];

export default defineChannel({
  api: 1,
  name: "dingtalk_ding",
  title: "DingTalk DING",
  docs: "https://open.dingtalk.com/document/orgapp/robot-sends-nail-message",
  config,
  hosts: HOSTS,
  limits: {
    titleChars: 100,
    body: { characters: 400 }, // assumed: a text message, or what is read out in a call
    recipients: 200, // the page above
    rates: [{ messages: 6_000, per: 60_000 }], // the page above
  },
  address: ADDRESSES,
  lane: ({ base, appKey, robotCode }) =>
    laneAt(base ?? "https://api.dingtalk.com", robotCode ?? appKey, "ding"),
  send: inConversation(send),
  remedies: ENTERPRISE_REMEDIES,
  words: {
    zh: {
      ...APP_WORDS,
      "DingTalk DING": "钉钉 DING",
      "Reminder": "提醒方式",
      "How members are reminded: in the app, by text message, or by a call. Text messages and calls are bought; where none are left, the next quieter way is taken.":
        "如何提醒成员：应用内、短信或电话。短信与电话需购买额度，用完时改用更轻的方式。",
      "Also when resolved": "恢复时也提醒",
      "Whether members are reminded once more when the alert is resolved.": "告警恢复时是否再提醒一次。",
    },
  },
  fixtures: {
    steps: { "/v1.0/oauth2/accessToken": { json: { accessToken: "t-1", expireIn: 7_200 } } },
    accepted: [{ json: { openDingId: "54165" } }],
    throttled: [{ status: 400, json: { code: "toomuch.msg", message: "send too fast" } }],
    refused: [
      {
        about: "a wrong app secret",
        at: "/v1.0/oauth2/accessToken",
        what: "config",
        status: 400,
        json: { code: "invalidClientIdOrSecret", message: "无效的clientId或者clientSecret" },
      },
      {
        about: "nothing left in any way",
        what: "config",
        status: 400,
        json: { code: "ding.serverquota.insufficient", message: "ding server quota insufficient" },
      },
      {
        about: "no such robot",
        what: "config",
        status: 400,
        json: { code: "invalid.chatbotId", message: "invalid.chatbotId x" },
      },
      { about: "no such user", what: "recipient", status: 400, json: { code: "miss.staffId", message: "x" } },
    ],
    retried: [{ status: 400, json: { code: "send.ding.exception", message: "x" } }],
  },
  sample: {
    appKey: 'ding+/=& 机"</script>',
    appSecret: "A0/+=&%23 cd",
    remind: "call",
    base: "https://dingtalk.example.com/gw/",
  },
});

async function send(config: Config, message: Message, conversation: Conversation): Promise<Verdict> {
  if (message.status === "resolved" && !config.resolved) {
    return skipped("nobody is reminded of a resolved alert");
  }
  const dingtalk = new DingTalk(config, conversation);
  const { people, missing, problem } = await peopleOf(config, message, { dingtalk, conversation });
  if (people.length === 0) {
    const words = "no member of the group has a DingTalk user id or a mobile number";
    return problem ??
      withMissing(refused("recipient", missing.length === 0 ? words : "nobody is there"), missing);
  }
  const ways = WAYS.slice(WAYS.findIndex(({ remind }) => remind === config.remind));
  return withMissing(await ding(config, message, { dingtalk, people, ways }), missing);
}

/** Reminds people in the first of these ways, or in the next quieter one if the company's quota is used up. */
async function ding(
  config: Config,
  message: Message,
  { dingtalk, people, ways: [way, ...quieter], before = "" }: {
    dingtalk: DingTalk;
    people: readonly ChatUser[];
    ways: readonly Way[];
    before?: string;
  },
): Promise<Verdict> {
  const { remind, remindType, most } = way!;
  const rung = people.slice(0, most);
  const result = await dingtalk.ding({
    robotCode: config.robotCode ?? config.appKey,
    remindType,
    users: rung.map(({ user }) => user),
    content: message.body.trim() || message.title.trim() || message.severity,
  });
  if (result.ok) return verdictOf(result.json.failedList, { people, rung, words: before + remind });
  const { verdict } = result;
  if (!verdict.because.startsWith("ding.serverquota.insufficient") || quieter.length === 0) return verdict;
  return await ding(config, message, {
    dingtalk,
    people,
    ways: quieter,
    before: `${before}${remind}: ${verdict.because}, `,
  });
}

/** `failedList` has the users by reason. People over the limit of one call count as failed, too. */
function verdictOf(
  failedList: unknown,
  { people, rung, words }: { people: readonly ChatUser[]; rung: readonly ChatUser[]; words: string },
): Verdict {
  const reasons = Object.entries(fieldsOf(failedList));
  const users = new Set(reasons.flatMap(([, users]) => Array.isArray(users) ? users : []));
  const failed = people.filter((one) => users.has(one.user) || !rung.includes(one)).map(({ member }) =>
    member
  );
  const because = [words, ...reasons.map(([reason]) => reason)].join(", ");
  return failed.length === people.length
    ? refused("recipient", because, failed)
    : delivered(because, { failed });
}
