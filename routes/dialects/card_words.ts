import { textOf } from "./loose_json.ts";

/** The words of a chat's card, in markdown. */
export interface CardWords {
  readonly title: string;
  /** Includes the title. */
  readonly text: string;
  /** Its buttons, and the links that are not in the text. */
  readonly links: readonly { readonly url: string; readonly title: string }[];
}

/** Each address once, with the first title that it has; those that are missing are left out. */
export function linksOf(
  links: readonly { readonly url?: unknown; readonly title?: unknown }[],
): CardWords["links"] {
  const byUrl = new Map<string, string>();
  for (const { url, title } of links) {
    const address = textOf(url);
    if (address !== "" && !byUrl.get(address)) byUrl.set(address, textOf(title));
  }
  return [...byUrl].map(([url, title]) => ({ url, title }));
}
