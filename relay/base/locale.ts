/** The languages that messages and pages are written in. */
export const LOCALES = ["zh", "en"] as const;

/** One of the languages. */
export type Locale = typeof LOCALES[number];
