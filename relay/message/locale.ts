import en from "../../locales/en.json" with { type: "json" };
import zh from "../../locales/zh.json" with { type: "json" };
import type { Locale } from "../group.ts";

/** The name of a text in `locales/`. */
export type TextKey = keyof typeof zh & keyof typeof en;

/** The text of a name, in one language, with `{name}` replaced by the parameter of that name. */
export type Translate = (key: TextKey, params?: Readonly<Record<string, string | number>>) => string;

const TEXTS: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = { zh, en };

/** What says every text in a language: `const t = translator("zh"); t("status.firing")`. */
export function translator(locale: Locale): Translate {
  const texts = TEXTS[locale];
  return (key, params = {}) =>
    texts[key].replace(
      /\{(\w+)\}/g,
      (placeholder, name: string) => Object.hasOwn(params, name) ? String(params[name]) : placeholder,
    );
}
