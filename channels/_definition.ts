import { z } from "zod";

const functionSchema = z.custom((value) => typeof value === "function", "is no function");

/** The shape of a channel's definition: what `defineChannel` types, checked at run time. */
const definitionSchema = z.object({
  name: z.string(),
  title: z.string().min(1),
  docs: z.string().optional(),
  config: z.custom((value) => value instanceof z.core.$ZodType, "is no zod schema"),
  limits: z.union([
    z.object({
      titleChars: z.number().positive().optional(),
      bodyBytes: z.number().positive().optional(),
      alerts: z.number().positive().optional(),
      parallel: z.int().positive().optional(),
      recipients: z.int().positive().optional(),
      rates: z.array(z.object({
        messages: z.int().positive(),
        per: z.union([z.number().positive(), z.enum(["day", "month"])]),
        penalty: z.number().positive().optional(),
      })).optional(),
    }),
    functionSchema,
  ]).optional(),
  form: z.union([z.enum(["text", "markdown", "html"]), functionSchema]).optional(),
  combine: z.union([z.enum(["payload", "single"]), functionSchema]).optional(),
  digest: z.boolean().optional(),
  lane: functionSchema.optional(),
  repeat: functionSchema.optional(),
  request: functionSchema.optional(),
  verdict: functionSchema.optional(),
  send: functionSchema.optional(),
  sample: z.custom((value) => value !== undefined, "is missing"),
});

/** Why a module's default export is not the channel `name`, or `undefined` when it is. */
export function problemOf(definition: unknown, name: string): string | undefined {
  if (definition === undefined) return "there is no default export";
  if (typeof definition !== "object" || definition === null) {
    return "default export is not a channel; use defineChannel";
  }
  // Each is looked at once: not worth the functions that zod would make.
  const issue = definitionSchema.safeParse(definition, { jitless: true }).error?.issues[0];
  if (issue !== undefined) {
    return `default export is not a channel: ${issue.path.join(".")}: ${issue.message}`;
  }
  const channel = definition as z.output<typeof definitionSchema>;
  if (channel.name !== name) return `default export is named "${channel.name}"`;
  if ((channel.request === undefined) === (channel.send === undefined)) {
    return "it needs either request or send";
  }
  return undefined;
}
