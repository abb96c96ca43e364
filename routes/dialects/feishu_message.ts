import { z } from "zod";
import type { AuthoredForm, IncomingAlert } from "../../relay/domain/alert.ts";
import { defined } from "../../relay/base/defined.ts";
import { translator } from "../../relay/message/locale.ts";
import { isTooDeep } from "../http/body.ts";
import { feishuCardWords } from "./feishu_card.ts";
import { postWords } from "./feishu_post.ts";
import { type ReadOptions, robotAlert, words, type Wrong } from "./robot_alert.ts";

/** The content of a message. */
interface Written {
  readonly form: AuthoredForm;
  readonly title?: string;
  /** In the markdown of cards. Empty if the message is a picture or a chat. */
  readonly text: string;
  readonly links?: readonly { readonly url: string; readonly title?: string }[];
}

/** An object, also as a text of JSON: Feishu accepts both. */
function jsonObject<S extends z.ZodType>(schema: S): z.ZodType<z.output<S>> {
  return z.preprocess((value) => typeof value === "string" ? parsed(value) : value, schema);
}

function parsed(text: string): unknown {
  try {
    return isTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const object = z.looseObject({});

/**
 * The part of a message that holds its content, by its type.
 *
 * Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 */
const TYPES = {
  text: z.object({ content: jsonObject(z.object({ text: words })) }).transform(
    ({ content }): Written => ({ form: "text", text: content.text }),
  ),
  post: z.object({ content: jsonObject(z.object({ post: jsonObject(object) })) }).transform(
    ({ content }): Written => ({ form: "native", ...postWords(content.post) }),
  ),
  image: z.object({ content: jsonObject(z.object({ image_key: words })) }).transform(
    (): Written => ({ form: "native", text: "" }),
  ),
  share_chat: z.object({ content: jsonObject(z.object({ share_chat_id: words })) }).transform(
    (): Written => ({ form: "native", text: "" }),
  ),
  interactive: z.object({ card: jsonObject(object) }).transform(
    ({ card }): Written => ({ form: "native", ...feishuCardWords(card) }),
  ),
} satisfies Record<string, z.ZodType<Written>>;

type Type = keyof typeof TYPES;

/** The body of a request. */
export const feishuMessage = z.union(
  (Object.keys(TYPES) as Type[]).map((type) =>
    z.object({
      msg_type: z.literal(type),
      [type === "interactive" ? "card" : "content"]: object,
      timestamp: z.string().optional().meta({ description: "With robot_secret: epoch seconds" }),
      sign: z.string().optional().meta({ description: "With robot_secret: Feishu's signature" }),
    })
  ),
);

/** A message to a Feishu robot as an alert. The same content of the same type is the same alert. */
export function parseFeishu(
  body: unknown,
  options: ReadOptions,
): { readonly alerts: IncomingAlert[] } | Wrong {
  const message = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const { msg_type: type } = message;
  if (typeof type !== "string" || !Object.hasOwn(TYPES, type)) return { unknownType: true };
  const read = TYPES[type as Type].safeParse(message);
  if (!read.success) return { field: read.error.issues[0]!.path.join(".") };
  const { form, title = "", text, links = [] } = read.data;
  const isNative = form === "native";
  const content = isNative ? contentOf(type, message) : undefined;
  const t = translator(options.locale);
  const alert = robotAlert({
    dialect: "feishu",
    identity: content === undefined ? { msg_type: type, text } : { msg_type: type, content },
    title,
    text: text || t(`robot.${type as "post" | "image" | "share_chat" | "interactive"}`),
    links,
    authored: { form, ...defined({ content }) },
    isTextOnly: !isNative,
  }, options);
  return { alerts: [alert] };
}

/** The message without its signature. */
function contentOf(type: string, { card, content }: Readonly<Record<string, unknown>>): string {
  const [name, value] = type === "interactive" ? ["card", card] : ["content", content];
  return JSON.stringify({
    msg_type: type,
    [name as string]: typeof value === "string" ? parsed(value) : value,
  });
}
