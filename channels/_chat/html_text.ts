const CHARACTERS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** The text of a body that was printed through the markup `HTML`, with the addresses of its links. */
export function textOfHtml(html: string): string {
  return html
    .replace(/<br>|<\/blockquote>/g, "\n")
    .replace(/<a href="([^"]*)">(.*?)<\/a>/g, (_, url, words) => words === url ? words : `${words} (${url})`)
    .replace(/<[^<>]*>/g, "")
    .replace(/&(amp|lt|gt|quot);/g, (_, name: string) => CHARACTERS[name]!);
}
