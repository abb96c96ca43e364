import en from "../../locales/en.json" with { type: "json" };
import zh from "../../locales/zh.json" with { type: "json" };
import type { Locale } from "../base/locale.ts";

/** The name of a text in `locales/`. */
export type TextKey = keyof typeof zh & keyof typeof en;

/** The text of a name, in one language, with `{name}` replaced by the parameter of that name. */
export type Translate = (key: TextKey, params?: Readonly<Record<string, string | number>>) => string;

const TEXTS: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = { zh, en };

/** A text split at its parameters: literal text and parameter names in turn: `["", "name", ": ", "value", ""]`. */
type Parts = readonly string[];

const PARTS: Readonly<Record<Locale, Map<TextKey, Parts>>> = { zh: new Map(), en: new Map() };

/** The translations of one language: `const t = translator("zh"); t("status.firing")`. */
export function translator(locale: Locale): Translate {
  const texts = TEXTS[locale];
  const cached = PARTS[locale];
  return (key, params) => {
    if (params === undefined) return texts[key];
    let parts = cached.get(key);
    if (!parts) cached.set(key, parts = texts[key].split(/\{(\w+)\}/));
    return parts.map((part, index) => {
      if (index % 2 === 0) return part;
      return Object.hasOwn(params, part) ? String(params[part]) : `{${part}}`;
    }).join("");
  };
}
