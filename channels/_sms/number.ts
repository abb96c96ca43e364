/** A mobile number with its country. */
export interface PhoneNumber {
  /** Of mainland China. */
  readonly isChinese: boolean;
  /** In E.164: `+8613800000000`. */
  readonly e164: string;
  /** Without the `+`; a Chinese number without its country. */
  readonly short: string;
}

/** Reads a mobile number; a number without a country is Chinese. @returns `undefined` if it is not a number */
export function phoneNumber(text: string): PhoneNumber | undefined {
  const digits = text.replace(/[\s()-]/g, "");
  const [, chinese] = /^(?:\+86|0086|86)?(1\d{10})$/.exec(digits) ?? [];
  if (chinese !== undefined) return { isChinese: true, e164: `+86${chinese}`, short: chinese };
  const [, foreign] = /^(?:\+|00)([1-9]\d{6,14})$/.exec(digits) ?? [];
  return foreign === undefined ? undefined : { isChinese: false, e164: `+${foreign}`, short: foreign };
}
