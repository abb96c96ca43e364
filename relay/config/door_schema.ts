/**
 * `doors`: addresses that accept any JSON, with its mapping to alerts.
 *
 * @module
 */
import { z } from "zod";
import { compileExpression } from "../base/expression.ts";
import { MAPPED_LINKS, type MappedStatus } from "../domain/mapping/mapping.ts";
import { DIALECTS } from "../domain/occurrence.ts";
import { SEVERITIES, type Severity } from "../domain/severity.ts";
import { isTimeZone, sharedSecret, TIMEZONE_HELP } from "./fields.ts";

/** The alerts of a door have its name as their dialect, so it must not be a built-in one, or the address of one. */
const RESERVED: ReadonlySet<string> = new Set([...DIALECTS, "alarm", "relay"]);

const MAX_CHARS = 2_000;

const one = z.string().min(1).max(MAX_CHARS).superRefine((text, context) => {
  try {
    compileExpression(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    context.addIssue(
      `must be a text, a path such as "$.host", or both such as "{$.host} is down": ${error.message}`,
    );
  }
});

/** An expression; of several, the first that finds something. */
const expression = z.union([one, z.array(one).min(1).max(20)]);

/** Several expressions, all of which are used. */
const expressions = z.union([one, z.array(expression).min(1).max(20)]).transform((found) =>
  typeof found === "string" ? [found] : found
);

const byName = z.record(z.string().min(1).max(100), expression);

const isExpression = (found: unknown): found is string | string[] =>
  typeof found === "string" || Array.isArray(found);

/** The path to a sender's word, and the meanings of its words. */
interface WordsEntry<T extends string> {
  from: string | string[];
  words?: Record<string, T> | undefined;
  default?: T | undefined;
}

/** A mapping of the sender's words to `meanings`; a path alone stands for `from`. */
function wordsFor<T extends string>(meanings: readonly [T, ...T[]]): z.ZodType<WordsEntry<T>> {
  const meaning = z.enum(meanings);
  const mapping = z.object({
    from: expression.meta({ title: "From", description: "The path to the sender's word" }),
    words: z.record(z.string(), meaning).optional().register(z.globalRegistry, {
      title: "Words",
      description: "The sender's word → its meaning; case does not matter",
    }),
    default: meaning.optional().register(z.globalRegistry, {
      title: "Default",
      description: "The meaning of a missing or an unknown word",
    }),
  });
  return z.union([expression, mapping]).transform((found) => isExpression(found) ? { from: found } : found);
}

const hmac = z.object({
  header: z.string().regex(/^[\w-]{1,100}$/, 'must be the name of a header such as "x-signature"')
    .meta({ title: "Header", description: "The header with the signature" }),
  secret: sharedSecret.meta({ title: "Secret", secret: true }),
  algorithm: z.enum(["sha256", "sha1", "sha512"]).optional().register(z.globalRegistry, {
    title: "Algorithm",
    description: "The algorithm of the HMAC over the body; default sha256",
  }),
  encoding: z.enum(["hex", "base64"]).optional().register(z.globalRegistry, {
    title: "Encoding",
    description: "Default hex; a prefix such as sha256= is allowed",
  }),
}).register(z.globalRegistry, { title: "HMAC", description: "A signature over the body" });

/** One of `doors`. */
const doorSchema = z.object({
  name: z.string().regex(
    /^[a-z0-9][a-z0-9_-]{0,39}$/,
    "must be at most 40 lower-case letters, digits, - and _, beginning with a letter or digit",
  )
    .refine((name) => !RESERVED.has(name), "is the name of a built-in source type: choose another")
    .meta({ title: "Name", description: "The last part of its address: /in/<name>" }),
  auth: z.union([
    z.literal("none"),
    z.object({ token: sharedSecret.meta({ secret: true }) }),
    z.object({ hmac }),
  ])
    .optional().register(z.globalRegistry, {
      title: "Authentication",
      description: "A token of its own, a signature, or none; default: the intake token",
    }),
  group: z.string().regex(/^[^/]+\/[^/]+$/, 'must be like "owner/level"').optional().register(
    z.globalRegistry,
    { title: "Group", description: "owner/level; by default the rules decide" },
  ),
  timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional().register(z.globalRegistry, {
    title: "Time zone",
    description: "The time zone of times without one; default: the relay's",
  }),
  alerts: expression.optional().register(z.globalRegistry, {
    title: "Alerts",
    description: "The path to the alerts; by default the payload is one alert or a list of alerts",
  }),
  title: expression.register(z.globalRegistry, {
    title: "Title",
    description: "Of several expressions, the first that finds something is used, here and in every field",
  }),
  text: expression.optional().register(z.globalRegistry, { title: "Text" }),
  status: wordsFor<MappedStatus>(["firing", "resolved", "ignore"]).optional().register(z.globalRegistry, {
    title: "Status",
    description: "Without it every alert fires",
  }),
  severity: wordsFor<Severity>(SEVERITIES).optional().register(z.globalRegistry, {
    title: "Severity",
    description: "Without it every alert is a warning",
  }),
  labels: byName.optional().register(z.globalRegistry, {
    title: "Labels",
    description: "Label → the path to its value",
  }),
  labels_from: expressions.optional().register(z.globalRegistry, {
    title: "Labels from",
    description: "Objects whose fields become labels, or lists of tags",
  }),
  annotations: byName.optional().register(z.globalRegistry, { title: "Annotations" }),
  key: expressions.optional().register(z.globalRegistry, {
    title: "Key",
    description:
      "The values that identify an alert from firing to resolved; default: its title and its labels",
  }),
  starts_at: expression.optional().register(z.globalRegistry, { title: "Starts at" }),
  ends_at: expression.optional().register(z.globalRegistry, { title: "Ends at" }),
  links: z.partialRecord(z.enum(MAPPED_LINKS), expression).optional().register(z.globalRegistry, {
    title: "Links",
  }),
  answer: z.object({
    status: z.int().min(200).max(299).optional().register(z.globalRegistry, {
      title: "Status",
      description: "Default 200",
    }),
    body: z.union([z.string().max(MAX_CHARS), z.record(z.string(), z.unknown())]).register(z.globalRegistry, {
      title: "Body",
      description: "A text or an object",
    }),
  }).optional().register(z.globalRegistry, {
    title: "Answer",
    description: "The response to the sender when its alerts are accepted",
  }),
}).register(z.globalRegistry, {
  title: "Door",
  description: "An address that accepts any JSON, with its mapping to alerts",
});

/** `doors` */
export const doorsSchema = z.array(doorSchema).max(200, "must be at most 200");
