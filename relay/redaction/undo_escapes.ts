/** A text with its escapes undone. Its unit `i` comes from the original's units `from[i]` to `to[i]`, the latter excluded. */
export interface Undone {
  readonly text: string;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** The maximum depth of nested escapes, such as HTML that quotes JSON that quotes a URL. */
const MOST_LAYERS = 6;

/** Invisible characters count as escapes: they can split a word without a reader noticing. */
const ESCAPE =
  /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));|(?:%[0-9a-f]{2})+|\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([^\s]))|\p{Cf}+/giu;

/** A quick test: most texts have no escapes. */
const MAY_ESCAPE = /[&%\\\x80-\uffff]/;

/** The ASCII characters with a name in HTML. Source: https://html.spec.whatwg.org/multipage/named-characters.html */
// deno-fmt-ignore -- a table
const NAMED: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", excl: "!", num: "#", dollar: "$", percnt: "%",
  lpar: "(", rpar: ")", ast: "*", plus: "+", comma: ",", period: ".", sol: "/", colon: ":", semi: ";", equals: "=",
  quest: "?", commat: "@", lsqb: "[", lbrack: "[", bsol: "\\", rsqb: "]", rbrack: "]", hat: "^", lowbar: "_",
  grave: "`", lcub: "{", lbrace: "{", verbar: "|", vert: "|", rcub: "}", rbrace: "}", tilde: "~", hyphen: "-",
  dash: "-",
};

/** The letters with a meaning after a backslash in JSON; any other character stands for itself. */
const CONTROLS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Undoes every escape of HTML, JSON and URLs, layer by layer, until none is left. */
export function undoEscapes(original: string): Undone {
  const from = new Uint32Array(original.length);
  const to = new Uint32Array(original.length);
  for (let at = 0; at < original.length; at++) {
    from[at] = at;
    to[at] = at + 1;
  }
  let layer: Undone = { text: original, from, to };
  if (!MAY_ESCAPE.test(original)) return layer;
  for (let layers = 0; layers < MOST_LAYERS; layers++) {
    const next = undoLayer(layer);
    if (next === undefined) return layer;
    layer = next;
  }
  return layer;
}

function undoLayer({ text, from, to }: Undone): Undone | undefined {
  const parts: string[] = [];
  // A decoded escape is never longer than the escape.
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  let length = 0;
  let done = 0;
  const copy = (end: number): void => {
    parts.push(text.slice(done, end));
    starts.set(from.subarray(done, end), length);
    ends.set(to.subarray(done, end), length);
    length += end - done;
  };
  for (const match of text.matchAll(ESCAPE)) {
    const meant = meaningOf(match);
    if (meant === undefined) continue;
    copy(match.index);
    done = match.index + match[0].length;
    parts.push(meant);
    starts.fill(from[match.index]!, length, length + meant.length);
    ends.fill(to[done - 1]!, length, length + meant.length);
    length += meant.length;
  }
  if (done === 0) return undefined;
  copy(text.length);
  return { text: parts.join(""), from: starts.subarray(0, length), to: ends.subarray(0, length) };
}

function meaningOf(
  [escape, decimal, hex, name, unicode, byte, other]: RegExpMatchArray,
): string | undefined {
  if (decimal !== undefined) return charOf(Number(decimal));
  if (hex !== undefined) return charOf(Number.parseInt(hex, 16));
  if (name !== undefined) return NAMED[name.toLowerCase()];
  if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
  if (other !== undefined) return CONTROLS[other] ?? other;
  return escape!.startsWith("%") ? percentDecoded(escape!) : "";
}

function charOf(code: number): string | undefined {
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

function percentDecoded(text: string): string {
  const bytes = Uint8Array.fromHex(text.replaceAll("%", ""));
  if (bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes);
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return decoded.includes("\ufffd") ? String.fromCharCode(...bytes) : decoded;
}
