import choices from "../../locales/choices_zh.json" with { type: "json" };
import words from "../../locales/schema_zh.json" with { type: "json" };
import type { Locale } from "../base/locale.ts";
import type { Channel } from "../channel.ts";
import type { ChannelRegistry } from "../channel/registry.ts";

/** A channel's own translations: from English to Chinese. */
export type ChannelWords = Readonly<Record<string, string>>;

/** A text of the dictionary with its gaps: `is missing; {wanted} is needed`. */
interface TranslationPattern {
  readonly matcher: RegExp;
  readonly names: readonly string[];
  readonly translation: string;
}

const WHOLE = new Map(Object.entries(words).filter(([english]) => !english.includes("{")));

/** The most specific first: the one with the most letters outside its gaps. */
const PATTERNS: readonly TranslationPattern[] = Object.entries(words).filter(([english]) =>
  english.includes("{")
)
  .sort(([a], [b]) => lettersOf(b) - lettersOf(a)).map(([english, translation]) => ({
    matcher: new RegExp(
      `^${english.split(/\{\w+\}/).map((part) => RegExp.escape(part)).join("(.*?)")}$`,
      "s",
    ),
    names: [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
    translation,
  }));

/**
 * Translates a title, a help text or an error message, which is written in English in the code (in a schema, for
 * example), to the reader's language. `own`: the words of the channel that wrote it. A text without a translation in `locales/schema_zh.json` is returned unchanged.
 */
export function inWordsOf(locale: Locale, english: string, own?: ChannelWords): string {
  const whole = exactTranslation(locale, english, own);
  if (whole !== undefined) return whole;
  for (const { matcher, names, translation } of PATTERNS) {
    const found = matcher.exec(english);
    if (found === null) continue;
    return translation.replace(
      /\{(\w+)\}/g,
      (_, name: string) => inWordsOf(locale, found[names.indexOf(name) + 1] ?? ""),
    );
  }
  return english;
}

/** Translates the messages of problems to the reader's language. */
export function problemsIn<P extends { readonly message: string }>(
  locale: Locale,
  problems: readonly P[],
): P[] {
  return problems.map((problem) => ({ ...problem, message: inWordsOf(locale, problem.message) }));
}

/** Translates a text without gaps; `undefined` if it is not in the dictionary. */
export function exactTranslation(locale: Locale, english: string, own?: ChannelWords): string | undefined {
  if (locale === "en" || english === "") return english;
  return own !== undefined && Object.hasOwn(own, english) ? own[english] : WHOLE.get(english);
}

/**
 * The value of a choice in a form, in the reader's language. These words are separate from the dictionary: in an
 * error message such a word is the caller's own, and must not be translated.
 */
export function choiceIn(locale: Locale, value: string): string {
  const known: ChannelWords = choices;
  return locale === "zh" && Object.hasOwn(known, value) ? known[value]! : value;
}

/** The translations of all channels' titles, for a title whose channel is unknown. */
export function titleWords(channels: Pick<ChannelRegistry, "names" | "get">): ChannelWords {
  return Object.fromEntries(
    channels.names().flatMap((name) => {
      const { title = "", words: { zh } = {} } = channels.get(name) ?? {};
      return zh !== undefined && Object.hasOwn(zh, title) ? [[title, zh[title]!]] : [];
    }),
  );
}

/** A channel's title in the reader's language. */
export function channelTitle(locale: Locale, { title, words }: Pick<Channel, "title" | "words">): string {
  return inWordsOf(locale, title, words?.zh);
}

/** The title of the channel of this name in the reader's language; the name, if no such channel is loaded. */
export function titleOfChannel(
  name: string,
  { channels, locale }: { channels: Pick<ChannelRegistry, "get">; locale: Locale },
): string {
  return channelTitle(locale, channels.get(name) ?? { title: name });
}

/** The channels in the order of their titles in the reader's language. */
export function byTitle(
  channels: Pick<ChannelRegistry, "names" | "get">,
  locale: Locale,
): { readonly channel: Channel; readonly title: string }[] {
  return channels.names().flatMap((name) => channels.get(name) ?? [])
    .map((channel) => ({ channel, title: channelTitle(locale, channel) }))
    .sort((a, b) => a.title.localeCompare(b.title, locale));
}

function lettersOf(english: string): number {
  return english.replace(/\{\w+\}/g, "").length;
}
