import { undoEscapes, type Undone } from "./undo_escapes.ts";

/** A shorter secret would black out ordinary words: a text that has it is hidden whole. */
const SHORT = 4;

/** A segment of an address that is at least so long is no ordinary word. */
const LONG_SEGMENT = 8;

/** So much of a secret is hidden where the rest was cut off. */
export const FRAGMENT = 12;

/** What is looked for in a text that must not tell secrets. */
export interface SecretForms {
  /** The usual spellings of secrets that are too short to be looked for otherwise. */
  readonly short: readonly string[];
  /** Exact spellings: what stands beside a secret cannot change them. */
  readonly exact: readonly string[];
  /** In {@linkcode plainForm}, and shorter than a fragment, or only hidden as a whole. */
  readonly whole: readonly string[];
  /** Every part of {@linkcode FRAGMENT} units of the longer ones, in {@linkcode plainForm}. */
  readonly fragments: ReadonlySet<string>;
  /** The shortest text that can tell one. */
  readonly shortest: number;
}

/** By the list itself: a destination keeps its own, and each of its messages asks twice. */
const known = new WeakMap<readonly string[], SecretForms>();

/** All that would tell one of these secrets: themselves, the parts of an address, and both in base64 and in hex. */
export function formsOf(secrets: readonly string[]): SecretForms {
  let forms = known.get(secrets);
  if (forms === undefined) known.set(secrets, forms = makeForms(secrets));
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
    if (address !== undefined) look(secret, { isWhole: true }); // a part of it may be the host alone
    for (const part of [...address ?? [secret], ...valueParts(secret)]) {
      look(part);
      // What is encoded is often a whole request, in which the part is escaped already.
      for (const encoded of new Set(spellings(part).flatMap(encodings))) look(encoded);
    }
  }
  const all = [...short, ...exact, ...whole];
  const shortest = Math.min(fragments.size > 0 ? FRAGMENT : Infinity, ...all.map(({ length }) => length));
  // The longest first: one secret may be the beginning of another.
  const sorted = (texts: Set<string>): string[] => [...texts].sort((a, b) => b.length - a.length);
  return { short: sorted(short), exact: sorted(exact), whole: sorted(whole), fragments, shortest };
}

/**
 * What is left of a text when each way to write it is undone: its escapes, its case, and the characters that are written
 * for one another.
 */
export function plainForm(original: string): Undone {
  const { text, from, to } = undoEscapes(original);
  const units: number[] = [];
  const starts = new Uint32Array(3 * text.length); // a letter in lower case has three units at most
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

/** What a character of ASCII is in the plain form; 0 = it is left out. */
const ASCII = Array.from({ length: 0x80 }, (_, code) => {
  const char = String.fromCharCode(code);
  // White space and `+` are written for one another, and `-` for `+` and `_` for `/` in base64url.
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

/** A webhook's address is itself a credential, all of it but the host; `undefined` where a text is no address. */
export function addressParts(text: string): string[] | undefined {
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

/** User, password, and what Basic makes of them. */
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

/** The parts of a header such as `Bearer …` or `Basic …`, and what the latter is made of. */
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

/** A text in hex, and in base64 wherever it begins in what was encoded: those characters that depend on it alone. */
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
