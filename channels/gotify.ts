import { COMMONMARK, defineChannel, robotAddress, secret, server, z } from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";

/** Over 7, Android shows a heads-up notification; over 3, it plays a sound: https://gotify.net/docs/pushmsg */
const PRIORITY = { critical: 10, error: 8, warning: 5, info: 2 } as const;

export default defineChannel({
  api: 1,
  name: "gotify",
  title: "Gotify",
  docs: "https://gotify.net/docs/pushmsg",
  config: z.object({
    base: server({ description: "What stands before /message." }),
    token: secret("Application token"),
  }),
  words: {
    zh: {
      "Application token": "应用令牌",
    },
  },
  limits: { titleChars: 250, body: { bytes: 16_000 }, alerts: 500 }, // our choices: Gotify names none
  form: { ...COMMONMARK, lines: "  \n" }, // its web page joins lines without the two spaces
  titleApart: true,
  request: ({ base, token }, { title, body, status, severity, actions, links }) => {
    const url = actions?.open ?? links[0]?.url;
    return {
      url: `${base}/message`,
      headers: { "x-gotify-key": token },
      json: {
        title,
        message: body,
        priority: status === "resolved" ? PRIORITY.info : PRIORITY[severity],
        extras: {
          "client::display": { contentType: "text/markdown" },
          ...url === undefined ? {} : { "client::notification": { click: { url } } },
        },
      },
    };
  },
  verdict: (response) => confirmed(response, typeof fieldsOf(response.json).id === "number"),
  // https://github.com/gotify/server/blob/d543a8aad22fcbebf25e76d201b4317882b5e148/docs/spec.json
  fixtures: {
    accepted: [{
      json: { id: 25, appid: 5, message: "m", title: "t", date: "2018-02-27T19:36:10.5045044+01:00" },
    }],
    refused: [
      {
        status: 401,
        json: {
          error: "Unauthorized",
          errorCode: 401,
          errorDescription: "you need to provide a valid access token or user credentials to access this api",
        },
        what: "config",
      },
      {
        status: 400,
        json: { error: "Bad Request", errorCode: 400, errorDescription: "Field 'message' is required" },
        what: "payload",
      },
    ],
    retried: [{ status: 502, text: "Bad Gateway" }, { about: "a page", text: "<html></html>" }],
  },
  target: {
    hosts: [],
    example: "https://push.example.com/message?token=0123abcd",
    read: (url) => {
      const read = robotAddress(url, { path: "/message", parameter: "token" });
      return typeof read === "string" ? read : { base: read.base, token: read.credential };
    },
  },
  sample: { base: "https://push.example.com/", token: "A0/+=&%23 cd" },
});
