/** Removes the title from the start of a body; the rest of that line stays. The result is never empty. */
export function withoutTitle(body: string, title: string): string {
  const [bold = "", words = ""] = /^\*\*(.*?)\*\*/.exec(body) ?? [];
  const isBold = bold !== "" && lettersOf(words) === lettersOf(title);
  const rest = isBold ? body.slice(bold.length) : body.startsWith(title) ? body.slice(title.length) : "";
  return /^(?: · |\n)/.test(rest) ? rest.replace(/^ · /, "").trimStart() : body;
}

/** Letters and digits only: other characters may have been replaced because they would be markup. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}
