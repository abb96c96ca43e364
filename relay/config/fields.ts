/**
 * Types that several settings of fenghuo.yaml share.
 *
 * @module
 */
import { z } from "zod";
import { isVariable, VARIABLE_HELP } from "../channel/secret_field.ts";
import { parseDuration } from "../base/duration.ts";
import { compileExtraction, type Extraction } from "../base/extraction.ts";
import { utf8Bytes } from "../base/text.ts";

/** Whether `Intl` supports the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** The message about an invalid duration. */
export const DURATION_HELP = 'must be a duration such as "30s", "5m", "1h30m" or "30d"';

/** The message about an invalid time zone. */
export const TIMEZONE_HELP = 'must be a time zone such as "Asia/Shanghai" or "UTC"';

/** A text that people also write as a number, such as a level or a telephone number; whole, or `1.10` would become `1.1`. */
export const textOrNumber = z.union([z.string(), z.int()]).transform(String)
  .refine((text) => text.trim() !== "", "must not be empty");

/** A part of an id like `owner/level/name`. Ids become keys of the store, which are short. */
export const idPart = textOrNumber.refine(
  (text) => /^[^/\p{Cc}]+$/u.test(text) && utf8Bytes(text) <= 60,
  'must have at most 60 bytes, and no "/"',
);

/** A text of this format. A number, such as `7` for `7d`, is refused with the same help as a text of another format. */
export function formatted(format: RegExp, help: string): z.ZodString {
  return z.string({ error: ({ input }) => typeof input === "number" ? help : undefined }).regex(format, help);
}

/** A local time. */
export const wallTime = formatted(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "08:00"');

/** A local time, or the end of the day. */
export const dayEnd = formatted(
  /^(?:([01]\d|2[0-3]):[0-5]\d|24:00)$/,
  'must be a time such as "08:00"',
);

/** A duration in milliseconds. */
export const duration = z.union([z.string(), z.number()]).transform((text, context) => {
  const ms = parseDuration(String(text));
  if (ms === undefined) context.addIssue(DURATION_HELP);
  return ms ?? 0;
});

/** A duration that is not 0. */
export const positiveDuration = duration.refine((ms) => ms > 0, "must be longer than 0");

/** A proxy. Marked as a secret where it is used, because the address may contain a password. */
export const proxyAddress = z.url({
  protocol: /^(?:https?|socks5h?)$/,
  error: 'must be an address such as "http://proxy.example.com:3128" or "socks5://10.0.0.5:1080"',
});

/** One or more certificates in PEM. */
export const certificates = z.string().includes("-----BEGIN CERTIFICATE-----", {
  error: "must be a certificate in PEM",
});

/** A private key in PEM. */
export const privateKey = z.string()
  .regex(/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/, "must be a private key in PEM, without a passphrase");

/** A secret that senders share. Short ones are in use, so only a single letter is refused. */
export const sharedSecret = z.string().min(1)
  .refine((text) => text.length !== 1, "must be more than one letter")
  .refine((text) => !isVariable(text), VARIABLE_HELP);

/** A regular expression that finds a part of a text. */
export const extraction = z.string().transform((pattern, context): Extraction => {
  try {
    return compileExtraction(pattern);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

/** A secret, or several during a rotation. */
export const sharedSecrets = z.union([sharedSecret, z.array(sharedSecret).min(1)]);
