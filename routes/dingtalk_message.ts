import { z } from "zod";
import type { Incoming, Labels, Link } from "../relay/alert.ts";
import { severityOf } from "../relay/severity.ts";
import { cut } from "../relay/text.ts";

const words = z.string().refine((text) => text.trim() !== "");
const optional = z.nullish(z.string()).transform((text) => text ?? "");

/**
 * What is posted to a robot of DingTalk's. A title that only the list of conversations would show may be missing: many
 * scripts leave it out.
 *
 * Source: https://open.dingtalk.com/document/orgapp/robot-message-type
 */
const TYPES = {
  text: z.object({ text: z.object({ content: words }) }).transform(({ text }): Said[] => [
    { title: "", text: text.content, links: [] },
  ]),
  markdown: z.object({ markdown: z.object({ title: optional, text: words }) }).transform(
    ({ markdown: { title, text } }): Said[] => [{ title, text, links: [] }],
  ),
  link: z.object({ link: z.object({ title: words, text: words, messageUrl: optional }) }).transform(
    ({ link: { title, text, messageUrl } }): Said[] => [{ title, text, links: [messageUrl] }],
  ),
  actionCard: z.object({
    actionCard: z.object({
      title: words,
      text: words,
      singleURL: optional,
      btns: z.nullish(z.array(z.object({ actionURL: optional }))),
    }),
  }).transform(({ actionCard: { title, text, singleURL, btns } }): Said[] => [
    { title, text, links: [singleURL, ...(btns ?? []).map(({ actionURL }) => actionURL)] },
  ]),
  feedCard: z.object({
    feedCard: z.object({ links: z.array(z.object({ title: words, messageURL: optional })).min(1) }),
  }).transform(({ feedCard: { links } }): Said[] =>
    links.map(({ title, messageURL }) => ({ title, text: "", links: [messageURL] }))
  ),
} satisfies Record<string, z.ZodType<Said[]>>;

/** A message, whatever its type. */
export const dingTalkMessage = z.union(
  Object.entries(TYPES).map(([msgtype, type]) =>
    z.object({ msgtype: z.literal(msgtype) }).extend((type.in as z.ZodObject).shape)
  ),
);

/** One thing that a message says. */
interface Said {
  readonly title: string;
  readonly text: string;
  /** May be empty texts. */
  readonly links: readonly string[];
}

/** Shown in full, in the sender's own layout; the others have links beside their text. */
const VERBATIM = ["text", "markdown"];

/** As many as a card has buttons, and more. */
const MOST_LINKS = 20;

const TITLE_CHARS = 100;

/** What is wrong with a message, in the name of a field. */
export type Wrong = { readonly unknownType: true } | { readonly field: string };

/** A robot's message as alerts: one, or one for each link of a feed card. */
export function parseDingTalk(body: unknown): { readonly alerts: Incoming[] } | Wrong {
  const { msgtype } = (typeof body === "object" && body !== null ? body : {}) as { msgtype?: unknown };
  if (msgtype === undefined) return { field: "msgtype" };
  if (typeof msgtype !== "string" || !Object.hasOwn(TYPES, msgtype)) return { unknownType: true };
  const parsed = TYPES[msgtype as keyof typeof TYPES].safeParse(body);
  if (!parsed.success) return { field: parsed.error.issues[0]!.path.join(".") };
  return { alerts: parsed.data.map((said) => toIncoming(said, msgtype)) };
}

/** The words make the alert: other words are another alert, and the same ones within the window are counted. */
function toIncoming({ title, text, links }: Said, msgtype: string): Incoming {
  const identity: Labels = { msgtype, title, text, ...links.length > 0 ? { links: links.join(" ") } : {} };
  return {
    identity,
    alert: {
      dialect: "dingtalk",
      status: "firing", // a message to a robot is never taken back
      severity: severityOf(undefined).severity,
      title: title.trim() || firstLineOf(text),
      text,
      ...VERBATIM.includes(msgtype) ? { verbatim: true as const } : {},
      labels: {},
      annotations: {},
      startsAt: null,
      endsAt: null,
      links: links.filter((url) => URL.canParse(url)).slice(0, MOST_LINKS)
        .map((url): Link => ({ kind: "source", url })),
    },
  };
}

/** The first line that says something, without the marks of a heading or a quotation. */
function firstLineOf(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^[\s#>*]+|[\s*]+$/g, ""));
  return cut(lines.find((line) => line !== "") ?? "", { chars: TITLE_CHARS });
}
