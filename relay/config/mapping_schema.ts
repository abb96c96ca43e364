/**
 * The settings of a door that map its payload to alerts.
 *
 * @module
 */
import { z } from "zod";
import { compileExpression } from "../base/expression.ts";
import { MAPPED_LINKS, type MappedStatus } from "../domain/mapping/mapping.ts";
import { SEVERITIES, type Severity } from "../domain/severity.ts";

/** Characters of an expression, or of an answer's text, at most. */
export const MAX_CHARS = 2_000;

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

/** A mapping of the sender's words to `meanings`; a path alone means `from`. */
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

/** The settings, as fields of a door. */
export const mappingFields = {
  alerts: expression.optional().register(z.globalRegistry, {
    title: "Alerts",
    description: "The path to the alerts; by default the payload is one alert or a list of alerts",
  }),
  title: expression.optional().register(z.globalRegistry, {
    title: "Title",
    description:
      "Needed without a type. Of several expressions, the first that finds something is used, here and in every field",
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
};

/** A mapping in its written form. */
export const mappingSchema = z.object(mappingFields);
