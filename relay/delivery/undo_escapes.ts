/** A text with its escapes undone. `from[i]` and `to[i]`: the part of the original that its unit `i` was made of. */
export interface Undone {
  readonly text: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** How often something may be escaped within an escape, such as HTML that quotes JSON that quotes an address. */
const MOST_LAYERS = 6;

/** Invisible characters are one, too: they break a word up, and nobody sees it. */
const ESCAPE =
  /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));|(?:%[0-9a-f]{2})+|\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([^\s]))|\p{Cf}+/giu;

/** The characters of ASCII that have a name in HTML. Source: https://html.spec.whatwg.org/multipage/named-characters.html */
const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", excl: "!", num: "#", dollar: "$" },
  ...{
    percnt: "%",
    lpar: "(",
    rpar: ")",
    ast: "*",
    plus: "+",
    comma: ",",
    period: ".",
    sol: "/",
    colon: ":",
  },
  ...{ semi: ";", equals: "=", quest: "?", commat: "@", lsqb: "[", lbrack: "[", bsol: "\\", rsqb: "]" },
  ...{ rbrack: "]", hat: "^", lowbar: "_", grave: "`", lcub: "{", lbrace: "{", verbar: "|", vert: "|" },
  ...{ rcub: "}", rbrace: "}", tilde: "~", hyphen: "-", dash: "-" },
};

/** What a letter after a backslash stands for in JSON; any other character stands for itself. */
const CONTROLS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A text with every escape of HTML, JSON and addresses undone, layer by layer, until none is left. */
export function undoEscapes(original: string): Undone {
  let layer: Undone = {
    text: original,
    from: Array.from({ length: original.length }, (_, at) => at),
    to: Array.from({ length: original.length }, (_, at) => at + 1),
  };
  for (let layers = 0; layers < MOST_LAYERS; layers++) {
    const next = undoLayer(layer);
    if (next === undefined) return layer;
    layer = next;
  }
  return layer;
}

function undoLayer({ text, from, to }: Undone): Undone | undefined {
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let done = 0;
  const copy = (end: number): void => {
    parts.push(text.slice(done, end));
    for (let at = done; at < end; at++) {
      starts.push(from[at]!);
      ends.push(to[at]!);
    }
  };
  for (const match of text.matchAll(ESCAPE)) {
    const meant = meaningOf(match);
    if (meant === undefined) continue;
    copy(match.index);
    done = match.index + match[0].length;
    parts.push(meant);
    for (let unit = 0; unit < meant.length; unit++) {
      starts.push(from[match.index]!);
      ends.push(to[done - 1]!);
    }
  }
  if (done === 0) return undefined;
  copy(text.length);
  return { text: parts.join(""), from: starts, to: ends };
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
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return decoded.includes("\ufffd") ? String.fromCharCode(...bytes) : decoded;
}
