import en from "../../locales/en.json" with { type: "json" };
import zh from "../../locales/zh.json" with { type: "json" };
import type { Locale } from "../base/locale.ts";

/** The name of a text in `locales/`. */
export type TextKey = keyof typeof zh & keyof typeof en;

/** The text of a name, in one language, with `{name}` replaced by the parameter of that name. */
export type Translate = (key: TextKey, params?: Readonly<Record<string, string | number>>) => string;

const TEXTS: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = { zh, en };

/** The text between a text's parameters, and their names by turns: `["", "name", ": ", "value", ""]`. */
type Parts = readonly string[];

const PARTS: Readonly<Record<Locale, Map<TextKey, Parts>>> = { zh: new Map(), en: new Map() };

/** What says every text in a language: `const t = translator("zh"); t("status.firing")`. */
export function translator(locale: Locale): Translate {
  const texts = TEXTS[locale];
  const known = PARTS[locale];
  return (key, params) => {
    if (params === undefined) return texts[key];
    let parts = known.get(key);
    if (!parts) known.set(key, parts = texts[key].split(/\{(\w+)\}/));
    return parts.map((part, index) => {
      if (index % 2 === 0) return part;
      return Object.hasOwn(params, part) ? String(params[part]) : `{${part}}`;
    }).join("");
  };
}
