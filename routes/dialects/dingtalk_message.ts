import { z } from "zod";
import type { IncomingAlert, Mentions } from "../../relay/domain/alert.ts";
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

/** `"1"` shows the buttons side by side. Some programs send a number. */
const orientation = z.nullish(z.union([z.string(), z.number()])).transform((value) => String(value ?? "0"));

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

/** The most links of a feed card that become alerts; DingTalk's own cards have a dozen. */
const MAX_CARDS = 100;

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
  // Each message contains the number of omitted ones, as for a payload that Alertmanager truncated.
  return {
    alerts: alerts.map(({ alert, identity }) => ({
      identity,
      alert: { ...alert, origin: { ...alert.origin, truncated: leftOut } },
    })),
  };
}

function calledIn(value: unknown): Called {
  const { data } = at.safeParse(value);
  if (!data) return { leftOut: 0 };
  const { atMobiles: mobiles, atUserIds: users, isAtAll: all } = data;
  return calledOf({ mobiles, users, all });
}

/** The people that the `at` of a message mentions; `undefined` for none. */
export function mentionsIn(value: unknown): Mentions | undefined {
  return calledIn(value).mentions;
}

/** The text identifies the alert: another text is another alert, and the same text within the window is a duplicate. */
function toIncoming(
  { title, text, links, picture, sideBySide }: MessagePart,
  { msgtype, called, ...options }: ReadOptions & { msgtype: Type; called: Called },
): IncomingAlert {
  const urls = links.map(({ url }) => url);
  return robotAlert({
    dialect: "dingtalk",
    identity: { msgtype, title, text, ...urls.length > 0 ? { links: urls.join(" ") } : {} },
    title,
    text,
    links,
    authored: {
      form: msgtype,
      ...picture ? { picture } : {},
      ...sideBySide ? { sideBySide: true } : {},
    },
    called,
    isTextOnly: msgtype === "text" || msgtype === "markdown",
  }, options);
}
