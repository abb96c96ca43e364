import type { LabelledLink, Message } from "../../relay/channel.ts";

/** The buttons of a message: acknowledge first, then its links, then the incident's page unless a link has its title. */
export function buttonsOf(
  { actions, words, buttons = [], plain }: Message,
  { most }: { most: number },
): LabelledLink[] {
  if (plain) return [];
  const acknowledge = actions?.acknowledge;
  const open = buttons.some(({ title }) => title === words.open) ? undefined : actions?.open;
  const all = [
    ...acknowledge === undefined ? [] : [{ title: words.acknowledge, url: acknowledge }],
    ...buttons,
    ...open === undefined ? [] : [{ title: words.open, url: open }],
  ];
  return all.slice(0, most);
}
