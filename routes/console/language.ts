import { type Locale, LOCALES } from "../../relay/base/locale.ts";

/** The first language of the browser's list that the relay supports, otherwise the relay's own. */
export function localeOf(acceptLanguage = "", fallback: Locale): Locale {
  for (const part of acceptLanguage.toLowerCase().split(",")) {
    const locale = LOCALES.find((locale) => part.trim().startsWith(locale));
    if (locale) return locale;
  }
  return fallback;
}
