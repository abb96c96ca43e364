import { crypto } from "@std/crypto";

/** The first use of a signature. It is stored in the commit of the call's alert. */
export interface SignatureUse {
  /** The hash of the signature. */
  readonly name: string;
  /** A digest of the parameters. */
  readonly parameters: string;
  /** The time of the first use. */
  readonly at: number;
}

/**
 * The string that an alarm_v2 sender signs: the values of all parameters but `sign`, in the ASCII order of their names,
 * joined. The signature is the MD5 of this string followed by the department's secret.
 */
export function alarmV2String(parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters).filter((name) => name !== "sign").sort().map((name) => parameters[name])
    .join("");
}

/** An alarm_v2 signature: MD5 in lower-case hex. */
export function signAlarmV2(parameters: Readonly<Record<string, string>>, secret: string): string {
  const bytes = new TextEncoder().encode(alarmV2String(parameters) + secret);
  return Array.from(
    new Uint8Array(crypto.subtle.digestSync("MD5", bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
