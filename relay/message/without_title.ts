/** A body without a first line that only repeats the title; what follows on that line stays. It is never empty. */
export function withoutTitle(body: string, title: string): string {
  const [bold = "", words = ""] = /^\*\*(.*?)\*\*/.exec(body) ?? [];
  const isBold = bold !== "" && lettersOf(words) === lettersOf(title);
  const rest = isBold ? body.slice(bold.length) : body.startsWith(title) ? body.slice(title.length) : "";
  return /^(?: · |\n)/.test(rest) ? rest.replace(/^ · /, "").trimStart() : body;
}

/** Without signs: they may have been replaced where they would be markup. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}
