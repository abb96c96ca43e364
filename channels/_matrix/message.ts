import { HTML, type Markup, type Member, type Message } from "../../relay/channel.ts";
import { actionLine } from "../_chat/action_line.ts";
import { type FollowMode, followUp } from "../_chat/follow.ts";
import { textOfHtml } from "../_chat/html_text.ts";
import { mentionLine } from "../_chat/mentions.ts";

/** The part of the config that determines an event's content. */
interface EventOptions {
  readonly follow: FollowMode;
  readonly mention: boolean;
}

/** https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes: HTML joins lines. */
export const MATRIX_HTML: Markup = {
  ...HTML,
  escape: (text) => HTML.escape(text).replaceAll("\n", "<br>"),
  bullet: (words) => `• ${words}`,
  lines: "<br>",
  paragraphs: "<br><br>",
};

/** An edit is an event as well: it has the new content, and a text of it for clients that do not show edits. */
export function eventOf(config: EventOptions, message: Message): Record<string, unknown> {
  const content = contentOf(config, message);
  const follow = followUp(config.follow, message);
  if (follow.how === "post") return content;
  if (follow.how === "reply") {
    return { ...content, "m.relates_to": { "m.in_reply_to": { event_id: follow.earlier.event } } };
  }
  return {
    ...content,
    body: `* ${content.body}`,
    "m.new_content": content,
    "m.relates_to": { rel_type: "m.replace", event_id: follow.earlier.event },
  };
}

function contentOf({ mention }: EventOptions, message: Message): Record<string, unknown> {
  const { body, plain, recipients } = message;
  if (plain) return { msgtype: "m.text", body: textOfHtml(body), "m.mentions": {} };
  const calls = mention ? mentionLine(message, mentionOf) : "";
  const text = [body, actionLine(message, MATRIX_HTML)].filter((line) => line !== "").join("<br>");
  const names = calls.replace(/<[^<>]*>/g, "");
  const called = calls === "" ? [] : recipients.map(({ matrix }) => matrix).filter((id) => id !== undefined);
  return {
    msgtype: "m.text",
    body: names === "" ? textOfHtml(text) : `${textOfHtml(text)}\n${names}`,
    format: "org.matrix.custom.html",
    formatted_body: calls === "" ? text : `${text}<br>${calls}`,
    "m.mentions": called.length === 0 ? {} : { user_ids: [...new Set(called)] },
  };
}

/** The link to a member in the text; `m.mentions` lists the ids that ring. */
function mentionOf({ matrix }: Member): string | undefined {
  if (matrix === undefined) return undefined;
  return `<a href="https://matrix.to/#/${encodeURIComponent(matrix)}">${HTML.escape(matrix)}</a>`;
}
