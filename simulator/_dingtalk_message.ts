/**
 * The messages that a DingTalk robot accepts, checked strictly: the real one accepts unknown fields, and the message then
 * looks wrong or reaches nobody.
 *
 * Source: https://open.dingtalk.com/document/orgapp/robot-message-type
 *
 * @module
 */
import { z } from "zod";

/** People in one message: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
const MENTIONS = 50;

const words = z.string().trim().min(1);
const orientation = z.enum(["0", "1"]).optional();

const at = z.strictObject({
  atMobiles: z.array(words).default([]),
  atUserIds: z.array(words).default([]),
  isAtAll: z.boolean().default(false),
}).refine(
  ({ atMobiles, atUserIds }) => atMobiles.length + atUserIds.length <= MENTIONS,
  `more than ${MENTIONS} people`,
);

const msgUuid = words.optional();

/** Links and feed cards have no `at`. */
const schema = z.discriminatedUnion("msgtype", [
  z.strictObject({
    msgtype: z.literal("text"),
    text: z.strictObject({ content: words }),
    at: at.optional(),
    msgUuid,
  }),
  z.strictObject({
    msgtype: z.literal("markdown"),
    markdown: z.strictObject({ title: words, text: words }),
    at: at.optional(),
    msgUuid,
  }),
  z.strictObject({
    msgtype: z.literal("link"),
    link: z.strictObject({ title: words, text: words, messageUrl: z.url(), picUrl: z.string().optional() }),
    msgUuid,
  }),
  z.strictObject({
    msgtype: z.literal("actionCard"),
    actionCard: z.union([
      z.strictObject({
        title: words,
        text: words,
        singleTitle: words,
        singleURL: z.url(),
        btnOrientation: orientation,
        hideAvatar: orientation,
      }),
      z.strictObject({
        title: words,
        text: words,
        btns: z.array(z.strictObject({ title: words, actionURL: z.url() })).min(1),
        btnOrientation: orientation,
        hideAvatar: orientation,
      }),
    ]),
    at: at.optional(),
    msgUuid,
  }),
  z.strictObject({
    msgtype: z.literal("feedCard"),
    feedCard: z.strictObject({
      links: z.array(z.strictObject({ title: words, messageURL: z.url(), picURL: z.string() })).min(1),
    }),
    msgUuid,
  }),
]);

/** A message, parsed. */
export type DingTalkRobotMessage = z.output<typeof schema>;

/** Parse a message, or report its error and the position. */
export function parseMessage(
  json: unknown,
): { message: DingTalkRobotMessage } | { unknownType: boolean; wrong: string } {
  const { data, error } = schema.safeParse(json);
  if (error === undefined) return { message: data };
  const { code, path, message } = error.issues[0]!;
  return {
    unknownType: code === "invalid_union" && path[0] === "msgtype",
    wrong: `${path.join(".")}: ${message}`,
  };
}

/** The text that the group sees, and the text that must contain a keyword: for a card, its title. */
export function shownOf(data: DingTalkRobotMessage): { title: string; text: string; searched: string } {
  switch (data.msgtype) {
    case "text":
      return { title: "", text: data.text.content, searched: data.text.content };
    case "markdown":
      return { ...data.markdown, searched: data.markdown.text };
    case "link":
      return { ...data.link, searched: data.link.title };
    case "actionCard":
      return { title: data.actionCard.title, text: data.actionCard.text, searched: data.actionCard.title };
    case "feedCard": {
      const titles = data.feedCard.links.map(({ title }) => title);
      return { title: titles[0] ?? "", text: titles.join("\n"), searched: titles.join("\n") };
    }
  }
}

/** The mentions that take effect: those that the text also contains. */
export function ringsOf(data: DingTalkRobotMessage, text: string): readonly string[] | "all" {
  if (!("at" in data) || data.at === undefined) return [];
  if (data.at.isAtAll) return "all";
  return [...data.at.atUserIds, ...data.at.atMobiles].filter((handle) => text.includes(`@${handle}`));
}
