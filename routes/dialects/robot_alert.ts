/**
 * The common part of messages to robots, for all vendors.
 *
 * @module
 */
import { z } from "zod";
import type {
  Authored,
  AuthoredForm,
  IncomingAlert,
  Labels,
  Link,
  Mentions,
} from "../../relay/domain/alert.ts";
import type { Locale } from "../../relay/base/locale.ts";
import { plainFromMarkdown } from "../../relay/message/chat_markup.ts";
import { withoutMarkup } from "../../relay/message/plain_text.ts";
import { translator } from "../../relay/message/locale.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { defined } from "../../relay/base/defined.ts";
import { cut, jsonBytes } from "../../relay/base/text.ts";

/** A text with words in it. */
export const words = z.string().refine((text) => text.trim() !== "");

/** A text that may be missing. */
export const optional = z.nullish(z.string()).transform((text) => text ?? "");

/** Mobiles or user ids, as strings or numbers; other values are ignored: the message is more important. */
export const handles = z.unknown().optional().transform((value): string[] =>
  (Array.isArray(value) ? value : [])
    .filter((handle) => typeof handle === "string" || typeof handle === "number")
    .map((handle) => String(handle).trim())
    .filter((handle) => handle !== "" && handle.length <= HANDLE_CHARS)
);

const HANDLE_CHARS = 64;

/** A robot mentions at most this many people in one message: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
const MAX_MENTIONED = 50;

/** More than a card has buttons. */
const MAX_LINKS = 20;

const TITLE_CHARS = 100;

/** Our choice: the bytes of a native message that fit into the log next to its text. A WeCom picture may have 2 MiB. */
const CONTENT_BYTES = 12_000;

/** The error of a message, with the name of the field. */
export type Wrong = { readonly unknownType: true } | { readonly field: string };

/** The options of reading a message. */
export interface ReadOptions {
  /** Whether the sender is authenticated: only then its markup, link titles and mentions are passed on. */
  readonly authenticated: boolean;
  /** The language of the notice about the omitted parts. */
  readonly locale: Locale;
}

/** The people that a message mentions, and the number of those over the limit of one message. */
export interface Called {
  readonly mentions?: Mentions;
  readonly leftOut: number;
}

/** The people that a message mentions, within the limit. */
export function calledOf({ mobiles, users, all }: Mentions): Called {
  const shownMobiles = mobiles.slice(0, MAX_MENTIONED);
  const shownUsers = users.slice(0, MAX_MENTIONED - shownMobiles.length);
  const count = shownMobiles.length + shownUsers.length;
  const leftOut = all ? 0 : mobiles.length + users.length - count;
  return all || count > 0
    ? { mentions: { mobiles: shownMobiles, users: shownUsers, all }, leftOut }
    : { leftOut };
}

/** The part of a message to a robot that becomes one alert. */
export interface RobotPart {
  readonly dialect: "dingtalk" | "wecom" | "feishu";
  /** The labels that identify the alert. */
  readonly identity: Labels;
  readonly title: string;
  /** In the vendor's markup, if its form has one. */
  readonly text: string;
  /** Addresses and titles may be empty. */
  readonly links: readonly { readonly url: string; readonly title?: string }[];
  /** Its authored form; the dialect is its markup. A long `content` is left out. */
  readonly authored: Omit<Authored, "markup" | "mentions">;
  readonly called?: Called;
  /** Whether the text is complete even without the links. */
  readonly isTextOnly: boolean;
}

/** WeCom's own examples have `www.qq.com` for an address. */
function withScheme(url: string): string {
  return /^[\w-]+(\.[\w-]+)+(?=[/?#]|$)/.test(url) ? `http://${url}` : url;
}

/** The alert of a message to a robot. */
export function robotAlert(part: RobotPart, { authenticated, locale }: ReadOptions): IncomingAlert {
  const { dialect, identity, title, links, called: { mentions, leftOut = 0 } = { leftOut: 0 } } = part;
  const { form, content, ...look } = part.authored;
  const isKept = content === undefined || jsonBytes(content) <= CONTENT_BYTES;
  const usable = links.map((link) => ({ ...link, url: withScheme(link.url) })).filter(({ url }) =>
    URL.canParse(url)
  );
  const shown = usable.slice(0, MAX_LINKS);
  const t = translator(locale);
  const lostLinks = links.filter(({ url }) => url !== "").length - shown.length;
  const notice = [
    ...isKept ? [] : [t("notice.content", { most: CONTENT_BYTES / 1_000 })],
    ...lostLinks > 0 ? [t("notice.links", { count: lostLinks, most: MAX_LINKS })] : [],
    ...authenticated && leftOut > 0 ? [t("notice.mentions", { count: leftOut, most: MAX_MENTIONED })] : [],
  ].join(" · ");
  // An unauthenticated sender's markup is shown literally; of a native message, that is ours.
  const text = form === "native" && !authenticated ? plainFromMarkdown(part.text) : part.text;
  return {
    identity,
    alert: {
      dialect,
      status: "firing", // the vendors' messages have no status
      statusAssumed: true,
      severity: severityOf(undefined).severity,
      title: title.trim() || firstLineOf(text, form),
      text,
      // An unauthenticated sender's links are listed after the text, with our own titles.
      ...authenticated || part.isTextOnly ? { verbatim: true as const } : {},
      ...authenticated
        ? {
          authored: {
            markup: dialect,
            form,
            ...look,
            ...defined({ content: isKept ? content : undefined, mentions }),
          },
        }
        : {},
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

/** The first line with text, without the marks of a heading, a quotation or emphasis. */
function firstLineOf(text: string, form: AuthoredForm): string {
  const lines = withoutMarkup(text, form).split("\n").map((line) => line.replace(/^[\s#>*]+|[\s*]+$/g, ""));
  return cut(lines.find((line) => line !== "") ?? "", { chars: TITLE_CHARS });
}
