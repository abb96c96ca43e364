/**
 * The encryption of WeCom's calls: https://developer.work.weixin.qq.com/document/path/90968. A text is encrypted together with
 * random bytes, its length, and the company's id; the signature is over the token and the encrypted text.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** The secrets that an app shares with WeCom, and its company. */
export interface CallbackKeys {
  readonly corpid: string;
  readonly token: string;
  /** 43 characters of base64. */
  readonly aesKey: string;
}

/** The parameters of a call that are signed with its encrypted text. */
export interface Signed {
  readonly timestamp: string;
  readonly nonce: string;
}

const RANDOM_BYTES = 16;
const LENGTH_BYTES = 4;
const BLOCK_BYTES = 32;
const IV_BYTES = 16;

const CDATA = "<![CDATA[";

/** The signature of an encrypted text. */
export function signatureOf(
  encrypted: string,
  { timestamp, nonce, token }: Signed & { token: string },
): string {
  return createHash("sha1").update([token, timestamp, nonce, encrypted].sort().join("")).digest("hex");
}

/** The decrypted text; `undefined` if it is not encrypted with these keys, or is for another company. */
export function decrypted(encrypted: string, { corpid, aesKey }: CallbackKeys): string | undefined {
  try {
    const key = keyOf(aesKey);
    const cipher = createDecipheriv("aes-256-cbc", key, key.subarray(0, IV_BYTES)).setAutoPadding(false);
    const padded = new Uint8Array([...cipher.update(Uint8Array.fromBase64(encrypted)), ...cipher.final()]);
    const bytes = padded.subarray(0, padded.length - padded.at(-1)!);
    const start = RANDOM_BYTES + LENGTH_BYTES;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(RANDOM_BYTES);
    const text = bytes.subarray(start, start + length);
    const receiver = new TextDecoder().decode(bytes.subarray(start + length));
    return receiver === corpid && text.length === length ? new TextDecoder().decode(text) : undefined;
  } catch {
    return undefined;
  }
}

/** A text as WeCom and its apps encrypt it. */
export function encrypt(text: string, { corpid, aesKey }: CallbackKeys): string {
  const key = keyOf(aesKey);
  const encoder = new TextEncoder();
  const content = encoder.encode(text);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, content.length);
  const bytes = [...randomBytes(RANDOM_BYTES), ...length, ...content, ...encoder.encode(corpid)];
  const padding = BLOCK_BYTES - bytes.length % BLOCK_BYTES;
  const padded = new Uint8Array([...bytes, ...Array.from({ length: padding }, () => padding)]);
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, IV_BYTES)).setAutoPadding(false);
  return new Uint8Array([...cipher.update(padded), ...cipher.final()]).toBase64();
}

/**
 * The text of an element of WeCom's flat XML; empty if there is none. The search takes linear time, because the XML
 * is not verified yet.
 */
export function elementIn(xml: string, name: string): string {
  const [open, close] = [`<${name}>`, `</${name}>`];
  const start = xml.indexOf(open);
  if (start < 0) return "";
  const from = start + open.length;
  if (!xml.startsWith(CDATA, from)) {
    const text = xml.slice(from, Math.max(from, xml.indexOf("<", from)));
    return xml.startsWith(close, from + text.length) ? text : "";
  }
  const end = xml.indexOf(`]]>${close}`, from);
  return end < 0 ? "" : xml.slice(from + CDATA.length, end);
}

/** An element with a text, from which `]]>` is removed: it would end the text. */
export function element(name: string, text: string): string {
  return `<${name}><![CDATA[${text.replaceAll("]]>", "")}]]></${name}>`;
}

/** The bytes of a key. A mistyped key is a wrong key and not an exception: its calls are refused. */
function keyOf(aesKey: string): Uint8Array {
  const typed = aesKey.replace(/[^A-Za-z0-9+/]/g, "A").padEnd(43, "A").slice(0, 43);
  return Uint8Array.fromBase64(`${typed}=`);
}
