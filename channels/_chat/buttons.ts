import type { LabelledLink, Message } from "../../relay/channel.ts";

/** A button that opens a link. An action also has data, for a vendor that calls back. */
export interface Button extends LabelledLink {
  /** One of the message's codes. */
  readonly code?: string;
}

/**
 * The buttons of a message: its actions, then its links, then the incident's page unless a link has its title. Acknowledge always
 * has a button; take and snooze have one if the links leave room.
 */
export function buttonsOf(
  { actions, words, buttons = [], plain }: Message,
  { most }: { most: number },
): Button[] {
  if (plain) return [];
  const open = buttons.some(({ title }) => title === words.open) ? undefined : actions?.open;
  const links = [...buttons, ...open === undefined ? [] : [{ title: words.open, url: open }]];
  const acts = (["acknowledge", "take", "snooze"] as const).flatMap((act): Button[] => {
    const url = actions?.[act];
    const code = actions?.codes?.[act];
    return url === undefined ? [] : [{ title: words[act], url, ...code === undefined ? {} : { code } }];
  });
  return [...acts.slice(0, Math.max(1, most - links.length)), ...links].slice(0, most);
}
