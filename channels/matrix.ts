import { defineChannel, laneAt, secret, server, z } from "../relay/channel.ts";
import { FOLLOW_WORDS, followField } from "./_chat/follow.ts";
import { shortKey } from "./_chat/short_key.ts";
import { verdictOn } from "./_matrix/answer.ts";
import { eventOf, MATRIX_HTML } from "./_matrix/message.ts";
import { REMEDIES } from "./_matrix/remedies.ts";

const config = z.object({
  base: server({
    title: "Homeserver",
    description: "What stands before /_matrix/client: https://matrix.example.com.",
  }),
  room: z.string().regex(/^![^\s/]+$/, 'must be a room id such as "!abc:example.com", not an alias').meta({
    title: "Room",
    description: "Its internal id, from the room's settings → Advanced; the account must have joined it.",
  }),
  token: secret("Access token", { description: "Of an account for the relay alone." }),
  follow: followField,
  mention: z.boolean().default(false).meta({
    title: "Mention members",
    description: "Mentions the group's members by their Matrix id.",
  }),
});

export default defineChannel({
  api: 1,
  name: "matrix",
  title: "Matrix",
  docs: "https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid",
  config,
  words: {
    zh: {
      "Homeserver": "服务器",
      "What stands before /_matrix/client: https://matrix.example.com.":
        "/_matrix/client 之前的部分：https://matrix.example.com。",
      "Room": "房间",
      "Its internal id, from the room's settings → Advanced; the account must have joined it.":
        "房间内部 ID，见房间设置 → 高级；账号须已加入房间。",
      'must be a room id such as "!abc:example.com", not an alias':
        "应为房间 ID，例如“!abc:example.com”，不能是别名",
      "Of an account for the relay alone.": "请使用中继专用的账号。",
      "Mention members": "@ 成员",
      "Mentions the group's members by their Matrix id.": "按成员的 Matrix ID 提醒。",
      "Matrix id": "Matrix ID",
      "Such as @li.lei:example.com": "例如 @li.lei:example.com",
      ...FOLLOW_WORDS,
    },
  },
  limits: {
    titleChars: 200,
    // An event has at most 65,536 bytes, and an edit has the text twice, in two forms: https://spec.matrix.org/latest/client-server-api/#size-limits
    request: { bytes: 60_000 },
    body: { bytes: 14_000 },
    alerts: 500, // our choice: alike alerts share a line
    // The default of a Synapse, rc_message: https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html#rc_message
    rates: [{ messages: 10, per: 50_000 }],
  },
  form: MATRIX_HTML,
  threads: ({ follow }) => follow !== "new",
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  idempotent: true, // by the transaction's id
  address: { name: "matrix", title: "Matrix id", description: "Such as @li.lei:example.com" },
  lane: ({ base, room }) => laneAt(base, room),
  request: async (config, message) => ({
    method: "PUT",
    url: [
      `${config.base}/_matrix/client/v3/rooms`,
      encodeURIComponent(config.room),
      "send/m.room.message",
      await shortKey(message.id),
    ].join("/"),
    headers: { authorization: `Bearer ${config.token}` },
    json: eventOf(config, message),
  }),
  verdict: verdictOn,
  // https://spec.matrix.org/latest/client-server-api/#standard-error-response
  fixtures: {
    accepted: [{
      json: { event_id: "$YUwRidLecu:example.com" },
      receipt: { event: "$YUwRidLecu:example.com" },
    }],
    throttled: [{
      status: 429,
      json: { errcode: "M_LIMIT_EXCEEDED", error: "Too many requests", retry_after_ms: 2_500 },
      waitMs: 2_500,
    }],
    refused: [
      {
        status: 401,
        json: { errcode: "M_UNKNOWN_TOKEN", error: "Unrecognised access token." },
        what: "config",
      },
      { status: 403, json: { errcode: "M_FORBIDDEN", error: "User not in room" }, what: "config" },
      { status: 413, json: { errcode: "M_TOO_LARGE", error: "event too large" }, what: "payload" },
      {
        status: 400,
        json: { errcode: "M_BAD_JSON", error: "Content must be a JSON object." },
        what: "payload",
      },
      { status: 400, json: { errcode: "M_INVALID_PARAM", error: "Invalid room id" }, what: "config" },
    ],
    retried: [
      { status: 500, json: { errcode: "M_UNKNOWN", error: "Internal server error" } },
      { about: "a page", text: "<html></html>" },
    ],
  },
  remedies: REMEDIES,
  sample: {
    base: "https://matrix.example.com/",
    room: "!a+b:example.com",
    token: "syt_A0/+=&%23 cd",
    mention: true,
  },
});
