/**
 * What a chat message does with the earlier one of its thread.
 *
 * @module
 */
import { type Message, type Receipt, z } from "../../relay/channel.ts";

/** The modes of the config field. */
export type FollowMode = "edit" | "reply" | "new";

/**
 * The config field. An edit rings nobody, so that only what needs no ring is an edit: a resolved alert, and what a person
 * did. A repeat, a rise in severity and a reminder are replies in this mode, too.
 */
export const followField = z.enum(["edit", "reply", "new"]).default("edit").meta({
  title: "Follow-ups",
  description:
    "edit: the first message changes when somebody acknowledges the alert and when it is resolved, without a ring; what must ring is a reply. reply: everything is a reply to the first message. new: every message stands alone.",
});

/** The Chinese of the field. */
export const FOLLOW_WORDS: Readonly<Record<string, string>> = {
  [followField.meta()!.title as string]: "后续消息",
  [followField.meta()!.description as string]:
    "edit：告警被确认或恢复时直接修改第一条消息，不再响铃；需要响铃的则回复它。reply：一律回复第一条消息。new：每次都发新消息。",
};

/** How a message is sent, with the earlier message that it changes or answers. */
export type FollowUp = { readonly how: "post" } | {
  readonly how: "edit" | "reply";
  readonly earlier: Receipt;
};

/** Decides how to send a message. */
export function followUp(mode: FollowMode, { earlier, digest, status, words }: Message): FollowUp {
  if (mode === "new" || earlier === undefined || digest !== undefined) return { how: "post" };
  const isQuiet = status === "resolved" || words.event !== undefined;
  return { how: mode === "edit" && isQuiet ? "edit" : "reply", earlier };
}
