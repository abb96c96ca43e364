import { z } from "zod";
import type { AuthoredForm, IncomingAlert } from "../../relay/domain/alert.ts";
import { defined } from "../../relay/base/defined.ts";
import { translator } from "../../relay/message/locale.ts";
import {
  type Called,
  calledOf,
  handles,
  optional,
  type ReadOptions,
  robotAlert,
  words,
  type Wrong,
} from "./robot_alert.ts";
import { weComCardWords } from "./wecom_card.ts";

/** The content of a message. */
interface Written {
  readonly form: AuthoredForm;
  readonly title?: string;
  /** In WeCom's markdown. Empty if the message is a file. */
  readonly text: string;
  readonly links?: readonly { readonly url: string; readonly title?: string }[];
  readonly called?: Called;
}

const EVERYBODY = "@all";
const file = z.object({ media_id: words }).transform((): Written => ({ form: "native", text: "" }));
const markdown = z.object({ content: words });

/**
 * The part of a message that its type names. Wrong people are ignored: the message is more important.
 *
 * Source: https://developer.work.weixin.qq.com/document/path/91770
 */
const TYPES = {
  text: z.object({ content: words, mentioned_list: handles, mentioned_mobile_list: handles }).transform(
    ({ content, mentioned_list: users, mentioned_mobile_list: mobiles }): Written => {
      const all = [...users, ...mobiles].includes(EVERYBODY);
      const people = (list: readonly string[]): string[] => list.filter((handle) => handle !== EVERYBODY);
      return {
        form: "text",
        text: content,
        called: calledOf({ users: people(users), mobiles: people(mobiles), all }),
      };
    },
  ),
  markdown: markdown.transform(({ content }): Written => ({ form: "markdown", text: content })),
  markdown_v2: markdown.transform(({ content }): Written => ({ form: "markdown_v2", text: content })),
  image: z.object({ base64: words, md5: words }).transform((): Written => ({ form: "native", text: "" })),
  news: z.object({
    articles: z.array(z.object({ title: words, description: optional, url: words, picurl: optional }))
      .min(1).max(8),
  }).transform(({ articles }): Written => ({
    form: "native",
    title: articles[0]!.title,
    text: articles.map(({ title, description }) => `**${title}**\n${description}`.trim()).join("\n\n"),
    links: articles.map(({ title, url }) => ({ title, url })),
  })),
  file,
  voice: file,
  template_card: z.looseObject({ card_type: words }).transform((card): Written => ({
    form: "native",
    ...weComCardWords(card),
  })),
} satisfies Record<string, z.ZodType<Written>>;

type Type = keyof typeof TYPES;

/** The body of a request. */
export const weComMessage = z.union(
  Object.entries(TYPES).map(([msgtype, type]) =>
    z.object({ msgtype: z.literal(msgtype) }).extend({ [msgtype]: type.in })
  ),
);

/** A message to a WeCom robot as an alert. The same words of the same type are the same alert. */
export function parseWeCom(
  body: unknown,
  options: ReadOptions,
): { readonly alerts: IncomingAlert[] } | Wrong {
  const message = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const { msgtype } = message;
  if (msgtype === undefined) return { field: "msgtype" };
  if (typeof msgtype !== "string" || !Object.hasOwn(TYPES, msgtype)) return { unknownType: true };
  const part = message[msgtype];
  const read = TYPES[msgtype as Type].safeParse(part);
  if (!read.success) return { field: [msgtype, ...read.error.issues[0]!.path].join(".") };
  const { form, title = "", text, links = [], called } = read.data;
  const isNative = form === "native";
  const content = isNative ? JSON.stringify({ msgtype, [msgtype]: part }) : undefined;
  const t = translator(options.locale);
  const alert = robotAlert({
    dialect: "wecom",
    identity: content === undefined ? { msgtype, text } : { msgtype, content },
    title,
    text: text || t(`robot.${msgtype as "image" | "file" | "voice" | "template_card"}`),
    links,
    authored: { form, ...defined({ content }) },
    ...defined({ called }),
    isTextOnly: !isNative,
  }, options);
  return { alerts: [alert] };
}
