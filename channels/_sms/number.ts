/** A mobile number with its country. */
export interface PhoneNumber {
  /** Of mainland China. */
  readonly isChinese: boolean;
  /** As E.164 has it: `+8613800000000`. */
  readonly e164: string;
  /** Without the `+`; a Chinese one without its country. */
  readonly short: string;
}

/** Reads a mobile number; without a country it is a Chinese one. `undefined`: it is none. */
export function phoneNumber(text: string): PhoneNumber | undefined {
  const digits = text.replace(/[\s()-]/g, "");
  const [, chinese] = /^(?:\+86|0086|86)?(1\d{10})$/.exec(digits) ?? [];
  if (chinese !== undefined) return { isChinese: true, e164: `+86${chinese}`, short: chinese };
  const [, foreign] = /^(?:\+|00)([1-9]\d{6,14})$/.exec(digits) ?? [];
  return foreign === undefined ? undefined : { isChinese: false, e164: `+${foreign}`, short: foreign };
}
