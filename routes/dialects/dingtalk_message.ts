import { z } from "zod";
import type { Authored, IncomingAlert, Labels, Link, Mentions } from "../../relay/domain/alert.ts";
import type { Locale } from "../../relay/base/locale.ts";
import { translator } from "../../relay/message/locale.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { cut } from "../../relay/base/text.ts";

const words = z.string().refine((text) => text.trim() !== "");
const optional = z.nullish(z.string()).transform((text) => text ?? "");
/** `"1"` shows the buttons side by side. Some programs send a number. */
const orientation = z.nullish(z.union([z.string(), z.number()])).transform((value) => String(value ?? "0"));

/** Mobiles or user ids, as strings or numbers; anything else is ignored. */
const handles = z.unknown().optional().transform((value): string[] =>
  (Array.isArray(value) ? value : [])
    .filter((handle) => typeof handle === "string" || typeof handle === "number")
    .map((handle) => String(handle).trim())
    .filter((handle) => handle !== "" && handle.length <= HANDLE_CHARS)
);

/** The people that a message mentions. Wrong values are ignored: the message is more important. */
const at = z.object({
  atMobiles: handles,
  atUserIds: handles,
  isAtAll: z.unknown().optional().transform((value) => value === true || value === "true" || value === 1),
});

/**
 * A message to a DingTalk robot. A title that only the list of conversations would show may be missing: many scripts leave
 * it out.
 *
 * Source: https://open.dingtalk.com/document/orgapp/robot-message-type
 */
const TYPES = {
  text: z.object({ text: z.object({ content: words }) }).transform(({ text }): MessagePart[] => [
    { title: "", text: text.content, links: [] },
  ]),
  markdown: z.object({ markdown: z.object({ title: optional, text: words }) }).transform(
    ({ markdown: { title, text } }): MessagePart[] => [{ title, text, links: [] }],
  ),
  link: z.object({ link: z.object({ title: words, text: words, messageUrl: optional, picUrl: optional }) })
    .transform(({ link: { title, text, messageUrl, picUrl } }): MessagePart[] => [
      { title, text, links: [{ url: messageUrl }], picture: picUrl },
    ]),
  actionCard: z.object({
    actionCard: z.object({
      title: words,
      text: words,
      singleTitle: optional,
      singleURL: optional,
      btnOrientation: orientation,
      btns: z.nullish(z.array(z.object({ title: optional, actionURL: optional }))),
    }),
  }).transform(
    ({ actionCard: { title, text, singleTitle, singleURL, btnOrientation, btns } }): MessagePart[] => [{
      title,
      text,
      links: [
        { url: singleURL, title: singleTitle },
        ...(btns ?? []).map(({ title, actionURL }) => ({ url: actionURL, title })),
      ],
      sideBySide: btnOrientation === "1",
    }],
  ),
  feedCard: z.object({
    feedCard: z.object({
      links: z.array(z.object({ title: words, messageURL: optional, picURL: optional })).min(1),
    }),
  }).transform(({ feedCard: { links } }): MessagePart[] =>
    links.map(({ title, messageURL, picURL }) => ({
      title,
      text: "",
      links: [{ url: messageURL }],
      picture: picURL,
    }))
  ),
} satisfies Record<string, z.ZodType<MessagePart[]>>;

type Type = keyof typeof TYPES;

/** A message of any type. */
export const dingTalkMessage = z.union(
  Object.entries(TYPES).map(([msgtype, type]) =>
    z.object({
      msgtype: z.literal(msgtype),
      at: z.unknown().meta({ description: "Whom it mentions" }).optional(),
    })
      .extend((type.in as z.ZodObject).shape)
  ),
);

/** The part of a message that becomes one alert. */
interface MessagePart {
  readonly title: string;
  readonly text: string;
  /** Addresses and titles may be empty. */
  readonly links: readonly { readonly url: string; readonly title?: string }[];
  readonly picture?: string;
  readonly sideBySide?: boolean;
}

/** At most this many links of a feed card become alerts; DingTalk's own cards have a dozen. */
const MAX_CARDS = 100;

/** More than a card has buttons. */
const MAX_LINKS = 20;

/** A robot mentions at most this many people in one message: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
const MAX_MENTIONED = 50;
const HANDLE_CHARS = 64;

const TITLE_CHARS = 100;

/** The error of a message, with the name of the field. */
export type Wrong = { readonly unknownType: true } | { readonly field: string };

/** How a message is read. */
export interface ReadOptions {
  /** Whether the sender is authenticated: only then its markup, link titles and mentions are passed on. */
  readonly authenticated: boolean;
  /** The language of the notice about the omitted parts. */
  readonly locale: Locale;
}

/** A robot's message as alerts: one, or one for each link of a feed card. */
export function parseDingTalk(
  body: unknown,
  options: ReadOptions,
): { readonly alerts: IncomingAlert[] } | Wrong {
  const { msgtype, at } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (msgtype === undefined) return { field: "msgtype" };
  if (typeof msgtype !== "string" || !Object.hasOwn(TYPES, msgtype)) return { unknownType: true };
  const parsed = TYPES[msgtype as Type].safeParse(body);
  if (!parsed.success) return { field: parsed.error.issues[0]!.path.join(".") };
  const called = calledIn(at);
  const alerts = parsed.data.slice(0, MAX_CARDS)
    .map((part) => toIncoming(part, { msgtype: msgtype as Type, called, ...options }));
  const leftOut = parsed.data.length - alerts.length;
  if (leftOut === 0) return { alerts };
  // Each message says how many were left out, as it does when Alertmanager truncates a payload.
  return {
    alerts: alerts.map(({ alert, identity }) => ({
      identity,
      alert: { ...alert, origin: { ...alert.origin, truncated: leftOut } },
    })),
  };
}

/** The people that a message mentions, and how many of them exceed what one message can mention. */
interface Called {
  readonly mentions?: Mentions;
  readonly leftOut: number;
}

function calledIn(value: unknown): Called {
  const { data } = at.safeParse(value);
  if (!data) return { leftOut: 0 };
  const { atMobiles, atUserIds, isAtAll: all } = data;
  const mobiles = atMobiles.slice(0, MAX_MENTIONED);
  const users = atUserIds.slice(0, MAX_MENTIONED - mobiles.length);
  const leftOut = all ? 0 : atMobiles.length + atUserIds.length - mobiles.length - users.length;
  return all || mobiles.length + users.length > 0
    ? { mentions: { mobiles, users, all }, leftOut }
    : { leftOut };
}

/** The people that the `at` of a message mentions; `undefined` for none. */
export function mentionsIn(value: unknown): Mentions | undefined {
  return calledIn(value).mentions;
}

/** The text identifies the alert: another text is another alert, and the same text within the window is a duplicate. */
function toIncoming(
  { title, text, links, picture, sideBySide }: MessagePart,
  { msgtype, called: { mentions, leftOut }, authenticated, locale }: ReadOptions & {
    msgtype: Type;
    called: Called;
  },
): IncomingAlert {
  const usable = links.filter(({ url }) => URL.canParse(url));
  const shown = usable.slice(0, MAX_LINKS);
  const t = translator(locale);
  const lostLinks = links.filter(({ url }) => url !== "").length - shown.length;
  const notice = [
    ...lostLinks > 0 ? [t("notice.links", { count: lostLinks, most: MAX_LINKS })] : [],
    ...authenticated && leftOut > 0 ? [t("notice.mentions", { count: leftOut, most: MAX_MENTIONED })] : [],
  ].join(" · ");
  const urls = links.map(({ url }) => url);
  const identity: Labels = { msgtype, title, text, ...urls.length > 0 ? { links: urls.join(" ") } : {} };
  const authored: Authored = {
    markup: "dingtalk",
    form: msgtype,
    ...picture ? { picture } : {},
    ...sideBySide ? { sideBySide: true } : {},
    ...mentions === undefined ? {} : { mentions },
  };
  return {
    identity,
    alert: {
      dialect: "dingtalk",
      status: "firing", // a message to a robot is never resolved
      statusAssumed: true,
      severity: severityOf(undefined).severity,
      title: title.trim() || firstLineOf(text),
      text,
      // An unauthenticated sender's links are listed after the text, with our own titles.
      ...authenticated || TEXT_ONLY.includes(msgtype) ? { verbatim: true as const } : {},
      ...authenticated ? { authored } : {},
      labels: {},
      annotations: {},
      startsAt: null,
      endsAt: null,
      links: shown.map(({ url, title }): Link => ({
        kind: "source",
        url,
        ...authenticated && title ? { title } : {},
      })),
      ...notice === "" ? {} : { origin: { notice } },
    },
  };
}

/** Types whose text is the whole message. */
const TEXT_ONLY: readonly Type[] = ["text", "markdown"];

/** The first line with text, without the marks of a heading or a quotation. */
function firstLineOf(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^[\s#>*]+|[\s*]+$/g, ""));
  return cut(lines.find((line) => line !== "") ?? "", { chars: TITLE_CHARS });
}
