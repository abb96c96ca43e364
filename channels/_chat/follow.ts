/**
 * Follow-ups: the relation of a chat message to the earlier message of its thread.
 *
 * @module
 */
import { isEvent, type Message, type Receipt, z } from "../../relay/channel.ts";

/** The modes of the config field. */
export type FollowMode = "edit" | "reply" | "new";

/**
 * The config field. An edit notifies nobody, so that only a quiet message is an edit: a resolved alert, or a person's
 * action. In the mode `edit`, a repeat, a rise in severity and a reminder are replies.
 */
export const followField = z.enum(["edit", "reply", "new"]).default("edit").meta({
  title: "Follow-ups",
  description:
    "edit: the first message changes when somebody acknowledges the alert and when it is resolved, without a ring; what must ring is a reply. reply: everything is a reply to the first message. new: every message stands alone.",
});

/** The same for a vendor without replies: a message that must notify is a new message. */
export const editField = z.enum(["edit", "new"]).default("edit").meta({
  title: "Follow-ups",
  description:
    "edit: the last message changes when somebody acknowledges the alert and when it is resolved, without a ring. new: every message stands alone.",
});

/** The Chinese names of the fields. */
export const FOLLOW_WORDS: Readonly<Record<string, string>> = {
  "Follow-ups": "后续消息",
  [followField.meta()!.description as string]:
    "edit：告警被确认或恢复时直接修改第一条消息，不再响铃；需要响铃的则回复它。reply：一律回复第一条消息。new：每次都发新消息。",
  [editField.meta()!.description as string]:
    "edit：告警被确认或恢复时直接修改最近一条消息，不再响铃。new：每次都发新消息。",
};

/** Whether a message must notify people. A resolved alert, a person's action and the edit of a digest need not. */
export function isLoud(
  { status, reason, digest, earlier }: Pick<Message, "status" | "reason" | "digest" | "earlier">,
): boolean {
  return status !== "resolved" && !isEvent(reason) && !(digest && earlier);
}

/** The way to send a message, with the earlier message that it changes or answers. */
export type FollowUp = { readonly how: "post" } | {
  readonly how: "edit" | "reply";
  readonly earlier: Receipt;
};

/** Decides how to send a message. */
export function followUp(mode: FollowMode, message: Message): FollowUp {
  const { earlier } = message;
  if (mode === "new" || earlier === undefined) return { how: "post" };
  return { how: mode === "edit" && !isLoud(message) ? "edit" : "reply", earlier };
}
