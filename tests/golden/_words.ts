/** The parts of a message that people see: its notification, its words, its links. @module */
import type { Sent } from "./_vendors.ts";

/** Fields that are not shown. */
const UNSEEN =
  /^(url|href|messageUrl|picUrl|msgUuid|msgtype|msg_type|msgKey|touser|chatid|robotCode|openConversationId|tag|template|template_id|id|type|method)$/i;

/** All text that a message shows, the title first, with markup and without addresses. */
export function wordsOf({ body, vendor }: Sent): string {
  if (vendor === "email") return `${body.subject}\n${withoutAddresses(String(body.text))}`;
  return withoutAddresses(textsIn(bodyOf(body)).join("\n"));
}

/** The words of a message; of a mail those of its HTML, too. */
export function everythingIn(sent: Sent): string {
  const page = sent.vendor === "email"
    ? String(sent.body.html).replaceAll(/<style[^]*?<\/style>|<[^>]*>/g, " ")
    : "";
  return `${wordsOf(sent)}\n${withoutAddresses(page)}`;
}

/** The text of the notification on a phone, without markup. */
export function notificationOf(sent: Sent): string {
  const { body, vendor } = sent;
  switch (vendor) {
    case "email":
      return String(body.subject);
    case "dingtalk_robot":
    case "dingtalk_chat":
    case "feishu_robot": {
      const { markdown, title, card } = bodyOf(body) as {
        markdown?: { title: string };
        title?: string;
        card?: { header: { title: { content: string } } };
      };
      return markdown?.title ?? title ?? card?.header.title.content ?? firstLineOf(sent);
    }
    default:
      return firstLineOf(sent);
  }
}

/** The number of lines that are not empty. */
export function linesOf(sent: Sent): number {
  return wordsOf(sent).split("\n").filter((line) => line.trim() !== "").length;
}

/** The addresses that a reader can follow, each as often as it is there. */
export function addressesOf({ body }: Sent): string[] {
  return JSON.stringify(body).match(ADDRESS) ?? [];
}

const ADDRESS = /https?:\/\/(?:[^\s()"'<>\\]|\([^\s()"'<>\\]*\))+/g;

function withoutAddresses(text: string): string {
  return text.replaceAll(ADDRESS, "");
}

function firstLineOf(sent: Sent): string {
  const line = wordsOf(sent).split("\n").find((line) => line.trim() !== "") ?? "";
  return line.replaceAll(/<[^>]*>|\*\*|^[#>\s]+/g, "").trim();
}

/** DingTalk's chats take the message as a text of JSON. */
function bodyOf(body: Sent["body"]): Record<string, unknown> {
  return typeof body.msgParam === "string" ? JSON.parse(body.msgParam) : body;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => UNSEEN.test(name) ? [] : textsIn(part));
}
