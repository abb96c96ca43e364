/**
 * Looks for secrets in texts, by other means than the redaction: everything that looks encoded is decoded, and the
 * result is searched again.
 *
 * @module
 */

/** The length of a secret's part that counts as a match. */
const WINDOW = 14;

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  sol: "/",
};

const DECODERS: readonly ((text: string) => string)[] = [
  (text) =>
    text.replace(
      /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
      (whole, hex, decimal, name) =>
        hex ? charOf(Number.parseInt(hex, 16)) : decimal ? charOf(Number(decimal)) : NAMED[name] ?? whole,
    ),
  (text) =>
    text.replace(/\\u([0-9a-f]{4})|\\(["\\/])/gi, (_, hex, char) => char ?? charOf(Number.parseInt(hex, 16))),
  (text) => text.replace(/%([0-9a-f]{2})/gi, (_, hex) => charOf(Number.parseInt(hex, 16))),
];

function charOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** The places where a text contains one of the secrets, with the text around them. */
export function secretsTold(text: string, secrets: readonly string[]): string[] {
  const found = new Set<string>();
  const windows = secrets.flatMap((secret) => {
    const plain = bare(secret);
    const length = Math.min(WINDOW, plain.length);
    return Array.from(
      { length: plain.length - length + 1 },
      (_, at) => [secret, plain.slice(at, at + length)] as const,
    );
  });
  for (const form of readings(text)) {
    const plain = bare(form);
    for (const [secret, window] of windows) {
      const at = plain.indexOf(window);
      if (at >= 0) found.add(`${secret}: …${plain.slice(Math.max(0, at - 60), at + 60)}…`);
    }
  }
  return [...found].slice(0, 3);
}

/** A text without line breaks, invisible characters and capitals. */
function bare(text: string): string {
  return text.replace(/[\s\p{Cf}\p{Cc}]/gu, "").toLowerCase();
}

/** A text, and its decoded forms. */
function readings(text: string): string[] {
  const all = new Set([text]);
  let last = text;
  for (let layer = 0; layer < 4; layer++) {
    for (const decode of DECODERS) all.add(last = decode(last));
  }
  for (const form of [...all]) {
    const joined = form.replace(/[\s\p{Cf}]/gu, "");
    for (const one of [form, joined]) {
      for (const [run] of one.matchAll(/[\w+/-]{19,}/g)) {
        for (let skip = 0; skip < 4; skip++) add(fromBase64(run.slice(skip)));
      }
      for (const [run] of one.matchAll(/(?:[0-9a-f]{2}){14,}/gi)) add(latin(Uint8Array.fromHex(run)));
    }
  }
  function add(decoded: string): void {
    all.add(decoded);
    for (const decode of DECODERS) all.add(decode(decoded));
  }
  return [...all];
}

function fromBase64(text: string): string {
  const whole = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  const even = whole.slice(0, whole.length - whole.length % 4);
  return latin(Uint8Array.fromBase64(even));
}

function latin(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "\u0001";
  return text;
}
