import { undoEscapes, type Undone } from "./undo_escapes.ts";

/** A shorter secret would match ordinary words: a text that contains it is hidden entirely. */
const SHORT = 4;

/** The minimum length of a URL's segment that counts as a secret: a shorter one may be an ordinary word. */
const LONG_SEGMENT = 8;

/** The length of a part that reveals a secret even if the rest was cut off. */
export const FRAGMENT = 12;

/** The search patterns for secrets in a text. */
export interface SecretForms {
  /** The common spellings of secrets that are too short for the other searches. */
  readonly short: readonly string[];
  /** Exact spellings, which are found regardless of the adjacent text. */
  readonly exact: readonly string[];
  /** In {@linkcode plainForm}: secrets that are shorter than a fragment, or are hidden only as a whole. */
  readonly whole: readonly string[];
  /** In {@linkcode plainForm}: every part of {@linkcode FRAGMENT} units of the longer secrets. */
  readonly fragments: ReadonlySet<string>;
  /** The length of the shortest text that can reveal a secret. */
  readonly shortest: number;
}

/** Cached by the identity of the list: a destination reuses its list, and each of its messages needs the forms twice. */
const cache = new WeakMap<readonly string[], SecretForms>();

/** The forms that reveal one of these secrets: the secret, the parts of a URL, and each of them in base64 and in hex. */
export function formsOf(secrets: readonly string[]): SecretForms {
  let forms = cache.get(secrets);
  if (forms === undefined) cache.set(secrets, forms = makeForms(secrets));
  return forms;
}

function makeForms(secrets: readonly string[]): SecretForms {
  const short = new Set<string>();
  const exact = new Set<string>();
  const whole = new Set<string>();
  const fragments = new Set<string>();
  const look = (form: string, { isWhole = false }: { isWhole?: boolean } = {}): void => {
    const { text } = plainForm(form);
    if (text.length < SHORT) return;
    if (isWhole || text.length < FRAGMENT) whole.add(text);
    else for (let at = 0; at + FRAGMENT <= text.length; at++) fragments.add(text.slice(at, at + FRAGMENT));
  };
  for (const secret of secrets) {
    if (secret === "") continue;
    const isShort = plainForm(secret).text.length < SHORT;
    for (const spelling of spellings(secret)) (isShort ? short : exact).add(spelling);
    const address = addressParts(secret);
    if (address !== undefined) look(secret, { isWhole: true }); // a fragment of it may be the host alone
    for (const part of [...address ?? [secret], ...valueParts(secret)]) {
      look(part);
      // A whole request is often encoded, with the part already escaped.
      for (const encoded of new Set(spellings(part).flatMap(encodings))) look(encoded);
    }
  }
  const all = [...short, ...exact, ...whole];
  const shortest = Math.min(fragments.size > 0 ? FRAGMENT : Infinity, ...all.map(({ length }) => length));
  // The longest first: one secret may be a prefix of another.
  const sorted = (texts: Set<string>): string[] => [...texts].sort((a, b) => b.length - a.length);
  return { short: sorted(short), exact: sorted(exact), whole: sorted(whole), fragments, shortest };
}

/** Normalises a text: without escapes and case, and with equivalent characters unified. */
export function plainForm(original: string): Undone {
  const { text, from, to } = undoEscapes(original);
  const units: number[] = [];
  const starts = new Uint32Array(3 * text.length); // a letter in lower case has at most three units
  const ends = new Uint32Array(3 * text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) {
      const plain = ASCII[code]!;
      if (plain === 0) continue;
      starts[units.length] = from[at]!;
      ends[units.length] = to[at]!;
      units.push(plain);
      continue;
    }
    const char = text[at]!;
    if (/[\s\p{Cc}]/u.test(char)) continue;
    for (const unit of char.toLowerCase().split("")) {
      starts[units.length] = from[at]!;
      ends[units.length] = to[at]!;
      units.push(unit.charCodeAt(0));
    }
  }
  return { text: textOf(units), from: starts, to: ends };
}

/** The plain form of each ASCII character; 0 = removed. */
const ASCII = Array.from({ length: 0x80 }, (_, code) => {
  const char = String.fromCharCode(code);
  // White space and `+` are equivalent, as are `-` and `+`, and `_` and `/`, in base64url.
  if (/[\s+\-=\\\p{Cc}]/u.test(char)) return 0;
  return char === "_" ? "/".charCodeAt(0) : char.toLowerCase().charCodeAt(0);
});

function textOf(units: readonly number[]): string {
  let text = "";
  for (let at = 0; at < units.length; at += 4_096) {
    text += String.fromCharCode(...units.slice(at, at + 4_096));
  }
  return text;
}

/** The parts of a URL that are credentials: for a webhook, all but its host. `undefined` if the text is not a URL. */
function addressParts(text: string): string[] | undefined {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return undefined;
  const segments = url.pathname.split("/").filter(({ length }) => length >= LONG_SEGMENT);
  const path = url.pathname === "/" ? "" : url.pathname;
  return [
    ...credentialsIn(url),
    path,
    path + url.search,
    url.search.slice(1),
    url.hash.slice(1),
    ...segments,
    ...url.searchParams.values(),
  ].filter((part) => part !== "");
}

/** The user, the password, and the pair that Basic authentication encodes. */
function credentialsIn({ username, password }: URL): string[] {
  const [user, secret] = [decoded(username), decoded(password)];
  return secret === "" ? [user] : [user, secret, `${user}:${secret}`];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The parts of a header such as `Bearer …` or `Basic …`, and the user and password of the latter. */
function valueParts(secret: string): string[] {
  const parts = secret.split(/\s+/);
  if (parts.length < 2) return [];
  const [, basic] = /^basic\s+(\S+)$/i.exec(secret) ?? [];
  const pair = basic === undefined ? "" : fromBase64(basic);
  const colon = pair.indexOf(":");
  return [
    ...parts.filter(({ length }) => length >= LONG_SEGMENT),
    ...colon < 0 ? [] : [pair, pair.slice(0, colon), pair.slice(colon + 1)],
  ];
}

function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  } catch {
    return "";
  }
}

/**
 * A text in hex, and in base64 at each of the three possible offsets; only the characters that depend on this text alone.
 */
function encodings(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length < LONG_SEGMENT) return [];
  const base64 = [0, 1, 2].map((shift) => {
    const all = new Uint8Array(shift + bytes.length);
    all.set(bytes, shift);
    const own = Math.floor(all.length * 8 / 6);
    return all.toBase64().slice(Math.ceil(shift * 8 / 6), own);
  });
  return [bytes.toHex(), ...base64];
}

function spellings(secret: string): string[] {
  const text = secret.toWellFormed();
  const inForm = new URLSearchParams({ "": text }).toString().slice(1);
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(text), inForm])];
}
