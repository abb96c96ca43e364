import { z } from "zod";
import type { Authored, IncomingAlert, Labels, Link, Mentions } from "../../relay/domain/alert.ts";
import type { Locale } from "../../relay/base/locale.ts";
import { translator } from "../../relay/message/locale.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { cut } from "../../relay/base/text.ts";

const words = z.string().refine((text) => text.trim() !== "");
const optional = z.nullish(z.string()).transform((text) => text ?? "");
/** `"1"` puts the buttons side by side. Some programs send a number. */
const orientation = z.nullish(z.union([z.string(), z.number()])).transform((value) => String(value ?? "0"));

/** Mobiles or user ids, as strings or numbers; anything else is ignored. */
const handles = z.unknown().optional().transform((value): string[] =>
  (Array.isArray(value) ? value : [])
    .filter((handle) => typeof handle === "string" || typeof handle === "number")
    .map((handle) => String(handle).trim())
    .filter((handle) => handle !== "" && handle.length <= HANDLE_CHARS)
);

/** The people that a message mentions. Wrong values are ignored: they are no reason to refuse the message. */
const at = z.object({
  atMobiles: handles,
  atUserIds: handles,
  isAtAll: z.unknown().optional().transform((value) => value === true || value === "true" || value === 1),
});

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
  link: z.object({ link: z.object({ title: words, text: words, messageUrl: optional, picUrl: optional }) })
    .transform(({ link: { title, text, messageUrl, picUrl } }): Said[] => [
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
    ({ actionCard: { title, text, singleTitle, singleURL, btnOrientation, btns } }): Said[] => [{
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
  }).transform(({ feedCard: { links } }): Said[] =>
    links.map(({ title, messageURL, picURL }) => ({
      title,
      text: "",
      links: [{ url: messageURL }],
      picture: picURL,
    }))
  ),
} satisfies Record<string, z.ZodType<Said[]>>;

type Type = keyof typeof TYPES;

/** A message, whatever its type. */
export const dingTalkMessage = z.union(
  Object.entries(TYPES).map(([msgtype, type]) =>
    z.object({
      msgtype: z.literal(msgtype),
      at: z.unknown().meta({ description: "Whom it mentions" }).optional(),
    })
      .extend((type.in as z.ZodObject).shape)
  ),
);

/** One thing that a message says. */
interface Said {
  readonly title: string;
  readonly text: string;
  /** Addresses and titles may be empty. */
  readonly links: readonly { readonly url: string; readonly title?: string }[];
  readonly picture?: string;
  readonly sideBySide?: boolean;
}

/** The most links of a feed card that become alerts; DingTalk's own cards have a dozen. */
const MOST_CARDS = 100;

/** As many as a card has buttons, and more. */
const MOST_LINKS = 20;

/** The most people that a robot mentions in one message: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
const MOST_CALLED = 50;
const HANDLE_CHARS = 64;

const TITLE_CHARS = 100;

/** What is wrong with a message, in the name of a field. */
export type Wrong = { readonly unknownType: true } | { readonly field: string };

/** How a message is read. */
export interface ReadOptions {
  /** Whether the sender is authenticated: only then its markup, link titles and mentions are passed on. */
  readonly authenticated: boolean;
  /** The language of the notice that says what was left out. */
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
  const alerts = parsed.data.slice(0, MOST_CARDS)
    .map((said) => toIncoming(said, { msgtype: msgtype as Type, called, ...options }));
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

/** The people that a message mentions, and how many more it names than one message can mention. */
interface Called {
  readonly mentions?: Mentions;
  readonly leftOut: number;
}

function calledIn(value: unknown): Called {
  const { data } = at.safeParse(value);
  if (!data) return { leftOut: 0 };
  const { atMobiles, atUserIds, isAtAll: all } = data;
  const mobiles = atMobiles.slice(0, MOST_CALLED);
  const users = atUserIds.slice(0, MOST_CALLED - mobiles.length);
  const leftOut = all ? 0 : atMobiles.length + atUserIds.length - mobiles.length - users.length;
  return all || mobiles.length + users.length > 0
    ? { mentions: { mobiles, users, all }, leftOut }
    : { leftOut };
}

/** The people that the `at` of a message mentions; `undefined` for none. */
export function mentionsIn(value: unknown): Mentions | undefined {
  return calledIn(value).mentions;
}

/** The words make the alert: other words are another alert, and the same ones within the window are counted. */
function toIncoming(
  { title, text, links, picture, sideBySide }: Said,
  { msgtype, called: { mentions, leftOut }, authenticated, locale }: ReadOptions & {
    msgtype: Type;
    called: Called;
  },
): IncomingAlert {
  const usable = links.filter(({ url }) => URL.canParse(url));
  const shown = usable.slice(0, MOST_LINKS);
  const t = translator(locale);
  const lostLinks = links.filter(({ url }) => url !== "").length - shown.length;
  const notice = [
    ...lostLinks > 0 ? [t("notice.links", { count: lostLinks, most: MOST_LINKS })] : [],
    ...authenticated && leftOut > 0 ? [t("notice.mentions", { count: leftOut, most: MOST_CALLED })] : [],
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
      status: "firing", // a message to a robot is never taken back
      statusAssumed: true,
      severity: severityOf(undefined).severity,
      title: title.trim() || firstLineOf(text),
      text,
      // An unauthenticated sender's links are listed beside the text, under titles of our own.
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

/** The first line that says something, without the marks of a heading or a quotation. */
function firstLineOf(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^[\s#>*]+|[\s*]+$/g, ""));
  return cut(lines.find((line) => line !== "") ?? "", { chars: TITLE_CHARS });
}
