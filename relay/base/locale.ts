/** The languages of messages and pages. */
export const LOCALES = ["zh", "en"] as const satisfies readonly Locale[];

/** One of the languages. */
export type Locale = "zh" | "en";
