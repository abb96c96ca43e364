import { once } from "../base/once.ts";
import type { Message, MessageActions } from "../channel.ts";
import { linkExpiry, MAX_LINKED, signLink } from "../domain/action_link.ts";
import { isEvent } from "../domain/outcome.ts";
import { parseAlertId } from "../domain/record.ts";

/** The options of {@linkcode actionLinks}. */
export interface ActionLinksOptions {
  /** The destination's id. */
  readonly destination: string;
  /** The member, if the message is for one member only. */
  readonly member?: string | undefined;
  readonly now: number;
  /** The relay's public address, without a trailing slash. */
  readonly publicUrl: string;
  /** Signs the links. */
  readonly key: string;
}

/** The links of a message to view and to acknowledge its incidents; `undefined` if it is about too many. */
export function actionLinks(
  { alerts, status, reason }: Pick<Message, "alerts" | "status" | "reason">,
  { destination, member, now, publicUrl, key }: ActionLinksOptions,
): MessageActions | undefined {
  const ids = [...new Set(alerts.map(({ id }) => id))];
  if (ids.length === 0 || ids.length > MAX_LINKED || !ids.every((id) => parseAlertId(id))) return undefined;
  const link = { alerts: ids, destination, member, until: linkExpiry(now) };
  // Signed when they are read: most channels show none.
  const address = (act: "open" | "acknowledge"): string =>
    `${publicUrl}/l/${signLink({ act, ...link }, { key })}`;
  const open = once(() => address("open"));
  const acknowledge = once(() => address("acknowledge"));
  const shown = {
    get open(): string {
      return open();
    },
  };
  if (status !== "firing" || isEvent(reason)) return shown;
  return Object.defineProperty(shown, "acknowledge", { enumerable: true, get: acknowledge });
}
