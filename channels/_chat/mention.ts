import { z } from "../../relay/channel.ts";

/** The config field that says who is called, for vendors that can call members, those online, or everybody. */
export const mentionField = z.enum(["none", "members", "here", "all"]).default("none").meta({
  title: "Mention",
  description: "members: the group's members by their id there. here: who is online. all: everybody.",
});

/** The Chinese of the field. */
export const MENTION_WORDS: Readonly<Record<string, string>> = {
  [mentionField.meta()!.description as string]:
    "members：按成员在该服务中的 ID 提醒组内成员。here：在线的人。all：所有人。",
};

/** Whom a message calls. */
export type Mention = z.output<typeof mentionField>;
