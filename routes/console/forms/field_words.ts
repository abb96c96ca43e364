/**
 * The texts of a form's fields, in the reader's language.
 *
 * @module
 */
import { choiceIn, exactTranslation, inWordsOf } from "../../../relay/message/dictionary.ts";
import type { FormField } from "./field.ts";
import type { Choice, ShowOptions } from "./shown_field.ts";

type Words = Pick<ShowOptions, "locale" | "words">;

/** A text of a schema, in the reader's language. */
export function wordsIn(english: string, { locale, words }: Words): string {
  return inWordsOf(locale, english, words);
}

/** Some titles, such as `From`, are only clear together with their help. */
export function titleIn({ title, help }: FormField, { locale, words }: Words): string {
  if (locale === "en") return title;
  return exactTranslation(locale, `${title} — ${help}`) ?? inWordsOf(locale, title, words);
}

/** The help of a field, with its default value. `isChosen`: the reader selects its lines instead of typing them. */
export function helpIn(
  { standard, help, kind }: FormField,
  options: Pick<ShowOptions, "locale" | "words" | "t">,
  { isChosen }: { isChosen: boolean },
): string {
  const { t, locale } = options;
  const texts = [wordsIn(help, options)];
  if (kind === "lines" && !isChosen) texts.push(t("form.lines"));
  const says = standard !== undefined && standard !== "" && !isNothing(standard);
  if (says && ["text", "lines", "secret", "json"].includes(kind)) {
    texts.push(t("form.standard", { value: [standard].flat().map(textOf).join(", ") }));
  }
  // The schemas' sentences may or may not end with a period.
  const [stop, gap] = locale === "zh" ? ["。", ""] : [".", " "];
  const sentences = texts.filter(Boolean);
  if (sentences.length < 2) return sentences.join("");
  return sentences.map((text) => /[.。]$/.test(text) ? text : text + stop).join(gap);
}

/**
 * The choices of a schema: in a channel's own words, otherwise in the configuration's spelling, with the reader's
 * word.
 */
export function choicesIn(options: readonly string[], { locale, words = {} }: Words): Choice[] {
  return options.map((value) => {
    if (locale === "zh" && Object.hasOwn(words, value)) return { value, label: words[value]! };
    const translation = choiceIn(locale, value);
    return { value, label: translation === value ? value : `${value} · ${translation}` };
  });
}

/** A value of a configuration as text. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isNothing(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
