import { z } from "zod";

/** The most actions of one call. */
const MAX_ACTIONS = 20;

/** The most characters of an action's text, and of the name of a person to whom an incident is assigned. */
const MAX_TEXT = 500;
const MAX_NAME = 200;

const time = z.int().positive();
const words = z.string().max(MAX_TEXT).optional();

const action = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["acknowledge", "take"]), until: time.optional(), text: words }),
  z.object({ kind: z.literal("unacknowledge") }),
  z.object({ kind: z.literal("assign"), to: z.string().min(1).max(MAX_NAME), text: words }),
  z.object({ kind: z.literal("note"), text: z.string().min(1).max(MAX_TEXT) }),
  z.object({ kind: z.literal("snooze"), until: time, text: words }),
  z.object({ kind: z.enum(["close", "reopen"]), text: words }),
]);

const hook = z.custom((value) => typeof value === "function", "is not a function");

const reading = z.union([
  z.object({ refused: z.string().min(1) }),
  z.object({ answer: z.looseObject({}) }),
  z.object({
    actions: z.array(z.union([
      z.object({ code: z.string() }),
      z.object({ fingerprint: z.string(), action, at: time.optional() }),
    ])).min(1).max(MAX_ACTIONS),
    user: z.object({ ids: z.array(z.string()), name: z.string().optional() }),
    once: z.string().min(1),
    answer: hook,
  }),
]);

/**
 * Validates the result of a channel's `callback.read`. Plugins are not type-checked at run time. @returns the error,
 * or `undefined` if it is valid
 */
export function problemOfReading(value: unknown): string | undefined {
  const { success } = reading.safeParse(value, { jitless: true });
  return success
    ? undefined
    : "it must be { refused }, { answer }, or { actions, user: { ids }, once, answer } with at most " +
      `${MAX_ACTIONS} actions whose texts have at most ${MAX_TEXT} characters`;
}
