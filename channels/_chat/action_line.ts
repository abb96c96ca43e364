import type { Markup, Message } from "../../relay/channel.ts";
import { buttonsOf } from "./buttons.ts";

/** The actions as links on a line of their own, for vendors without buttons; empty if there are none. */
export function actionLine(message: Message, { escape, link }: Pick<Markup, "escape" | "link">): string {
  const links = buttonsOf({ ...message, buttons: [] }, { most: 2 });
  return links.map(({ title, url }) => link?.(escape(title), url) ?? escape(`${title}: ${url}`)).join(" · ");
}

/** Lines without those that are empty. */
export function joined(...lines: readonly string[]): string {
  return lines.filter((line) => line.trim() !== "").join("\n");
}
