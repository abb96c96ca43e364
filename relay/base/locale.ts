/** The languages of messages and pages. */
export const LOCALES = ["zh", "en"] as const;

/** One of the languages. */
export type Locale = typeof LOCALES[number];
