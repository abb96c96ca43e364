import { crypto } from "@std/crypto";

/** A signature and what it was first used for. It is stored in the commit of the call's alert. */
export interface SignatureUse {
  /** The hash of the signature. */
  readonly name: string;
  /** A digest of the parameters. */
  readonly parameters: string;
  /** When it was first used. */
  readonly at: number;
}

/**
 * The string that an alarm_v2 sender signs: the values of all parameters but `sign`, in the ASCII order of their names,
 * joined. The department's secret is added to it, and MD5 makes the signature.
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
