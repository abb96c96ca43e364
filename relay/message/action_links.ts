import { once } from "../base/once.ts";
import type { Message, MessageActions, MessageCodes } from "../channel.ts";
import { type LinkedAct, linkExpiry, MAX_LINKED, signCode, signLink } from "../domain/action_link.ts";
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

const ACTS: readonly LinkedAct[] = ["acknowledge", "take", "snooze"];

/** The links of a message to view, acknowledge, take and snooze its incidents; `undefined` if it is about too many. */
export function actionLinks(
  { alerts, status, reason }: Pick<Message, "alerts" | "status" | "reason">,
  { destination, member, now, publicUrl, key }: ActionLinksOptions,
): MessageActions | undefined {
  const ids = [...new Set(alerts.map(({ id }) => id))];
  if (ids.length === 0 || ids.length > MAX_LINKED || !ids.every((id) => parseAlertId(id))) return undefined;
  const about = { alerts: ids, until: linkExpiry(now) };
  const address = (act: LinkedAct | "open"): string =>
    `${publicUrl}/l/${signLink({ act, ...about, destination, member }, { key })}`;
  const open = lazy({}, "open", () => address("open")) as MessageActions;
  const isAnswered = reason === "acknowledged" || reason === "closed";
  if (status !== "firing" || isAnswered) return open;
  const codes = (): MessageCodes =>
    ACTS.reduce(
      (codes, act) => lazy(codes, act, () => signCode({ act, ...about }, { destination, key })),
      {},
    ) as MessageCodes;
  return lazy(ACTS.reduce((links, act) => lazy(links, act, () => address(act)), open), "codes", codes);
}

/** Adds a property that is computed when it is first read: each link is signed, and most channels show few of them. */
function lazy<T extends object>(owner: T, name: string, make: () => unknown): T {
  return Object.defineProperty(owner, name, { enumerable: true, get: once(make) });
}
