import { z } from "../../relay/channel.ts";

/** The config field that says who is called. */
export const mentionField = z.enum(["none", "members", "here", "channel"]).default("none").meta({
  title: "Mention",
  description: "members: the group's members by their Slack id. here: who is online. channel: everybody.",
});

/** The Chinese of the field. */
export const MENTION_WORDS: Readonly<Record<string, string>> = {
  "Mention": "@ 提醒",
  [mentionField.meta()!.description as string]:
    "members：按 Slack 成员 ID 提醒组内成员。here：在线的人。channel：所有人。",
};
