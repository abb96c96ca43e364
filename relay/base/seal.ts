/** The version prefix of sealed texts. */
const VERSION = "v1";

const IV_BYTES = 12;

const encoder = new TextEncoder();

/** The key of a seal, and its context. */
export interface SealOptions {
  /** Any text with enough entropy: `FENGHUO_KEY`. */
  readonly key: string;
  /** The context, such as the key of the text's record: a text that was sealed for one context cannot be opened in another. */
  readonly place: string;
}

/** Encrypts a text: `v1.` and base64. AES-GCM, so any change of it is detected. */
export async function seal(text: string, options: SealOptions): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    algorithm(iv, options),
    await keyOf(options),
    encoder.encode(text),
  );
  const whole = new Uint8Array(IV_BYTES + sealed.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(sealed), IV_BYTES);
  return `${VERSION}.${whole.toBase64()}`;
}

/** Decrypts the result of {@linkcode seal}; `undefined` if it has another key or context, or was changed. */
export async function unseal(sealed: string, options: SealOptions): Promise<string | undefined> {
  const [version, base64 = ""] = sealed.split(".");
  if (version !== VERSION) return undefined;
  for (const end of LINE_ENDS) {
    const text = await opened(base64, { ...options, key: options.key + end });
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Earlier versions used a key together with the line ending of its file or variable. */
const LINE_ENDS = ["", "\n", "\r\n"];

async function opened(base64: string, options: SealOptions): Promise<string | undefined> {
  try {
    const bytes = Uint8Array.fromBase64(base64);
    const iv = bytes.subarray(0, IV_BYTES);
    const text = await crypto.subtle.decrypt(
      algorithm(iv, options),
      await keyOf(options),
      bytes.subarray(IV_BYTES),
    );
    return new TextDecoder().decode(text);
  } catch {
    return undefined;
  }
}

function algorithm(iv: Uint8Array<ArrayBuffer>, { place }: SealOptions): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(place) };
}

async function keyOf({ key }: SealOptions): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(key));
  return await crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
}
