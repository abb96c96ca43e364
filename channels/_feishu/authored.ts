import { cut, type Message, utf8Bytes } from "../../relay/channel.ts";
import { fieldsIn, fieldsOf } from "../_answers/json.ts";

/** Our choice: the most bytes of a sender's content as JSON. A request has 20,000, including the signature. */
const CONTENT_BYTES = 18_000;

/** The relay's additions to a message. */
interface Additions {
  /** The robot's keyword, for a message that does not have it. */
  readonly keyword?: string | undefined;
  readonly callsAll: boolean;
}

/** The sender's own content for Feishu, unchanged; `undefined` if its type cannot hold the relay's additions. */
export function authoredContentOf(
  { plain, authored }: Message,
  { keyword, callsAll }: Additions,
): Record<string, unknown> | undefined {
  if (authored === undefined || plain) return undefined;
  const { form, text, content = "", notes } = authored;
  const all = `${text}${content}`;
  const added = [keyword === undefined || all.includes(keyword) ? "" : keyword, notes].filter(Boolean);
  if (form === "text") {
    const end = [...added, ...callsAll ? ['<at user_id="all">所有人</at>'] : []].map((line) => `\n\n${line}`);
    return { msg_type: "text", content: { text: fitted(text, end.join("")) } };
  }
  if (form !== "native") return undefined;
  const message = fieldsIn(content);
  const whole = added.length === 0 && !callsAll ? message : withLines(message, added, callsAll);
  return whole === undefined || bytesOf(whole) > CONTENT_BYTES ? undefined : whole;
}

function fitted(text: string, end: string): string {
  return cut(text, { bytes: CONTENT_BYTES - bytesOf(end), measure: bytesOf }) + end;
}

/** A card or a rich text with more lines at its end. */
function withLines(
  message: Readonly<Record<string, unknown>>,
  lines: readonly string[],
  callsAll: boolean,
): Record<string, unknown> | undefined {
  const card = fieldsOf(message.card);
  const body = fieldsOf(card.body);
  const elements = [...lines, ...callsAll ? ["<at id=all></at>"] : []]
    .map((content) => ({ tag: "markdown", content }));
  if (Array.isArray(card.elements)) {
    return { ...message, card: { ...card, elements: [...card.elements, ...elements] } };
  }
  if (Array.isArray(body.elements)) {
    return { ...message, card: { ...card, body: { ...body, elements: [...body.elements, ...elements] } } };
  }
  const content = fieldsOf(message.content);
  const languages = Object.entries(fieldsOf(content.post));
  if (languages.length === 0) return undefined;
  const nodes = [
    ...lines.map((text) => ({ tag: "text", text })),
    ...callsAll ? [{ tag: "at", user_id: "all" }] : [],
  ];
  const post = languages.map(([language, value]) => {
    const { content: written, ...rest } = fieldsOf(value);
    return [language, {
      ...rest,
      content: [...Array.isArray(written) ? written : [], ...nodes.map((node) => [node])],
    }];
  });
  return { ...message, content: { ...content, post: Object.fromEntries(post) } };
}

function bytesOf(value: unknown): number {
  return utf8Bytes(JSON.stringify(value));
}
