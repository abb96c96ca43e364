/**
 * The cards that a simulated Feishu accepts:
 * https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/card-structure
 *
 * @module
 */
import { z } from "zod";

const plainText = z.strictObject({ tag: z.literal("plain_text"), content: z.string().min(1) });
const look = {
  tag: z.literal("button"),
  text: plainText,
  type: z.enum(["default", "primary", "danger"]).optional(),
};
/** A button opens an address, or calls back with its value. */
const button = z.union([
  z.strictObject({ ...look, url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({ ...look, value: z.record(z.string(), z.string()) }),
]);
const header = z.strictObject({
  title: plainText,
  template: z.enum(["red", "orange", "yellow", "green", "blue", "grey"]),
});
const element = z.discriminatedUnion("tag", [
  z.strictObject({ tag: z.literal("markdown"), content: z.string().min(1) }),
  z.strictObject({ tag: z.literal("action"), actions: z.array(button).min(1) }),
]);

/** The schema of a card with this config. */
export function cardSchema<C extends z.ZodType>(
  config: C,
): z.ZodObject<{ config: C; header: typeof header; elements: z.ZodArray<typeof element> }> {
  return z.strictObject({ config, header, elements: z.array(element).min(1) });
}
