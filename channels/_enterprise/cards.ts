/**
 * The receipt of a thread's cards. Each notification that must ring is a card of its own, and all of them change together.
 *
 * @module
 */
import type { ChannelEvent, Message, Receipt } from "../../relay/channel.ts";

/** Our choice: a receipt has at most 2,000 bytes, and an old card is far up in the chat. */
const MOST_CARDS = 10;

/** The ids of a thread's cards, the oldest first. */
export function cardsOf(receipt: Receipt | undefined): string[] {
  return receipt?.cards?.split(" ").filter((id) => id !== "") ?? [];
}

/** The receipt of these cards. Ids have no spaces. */
export function receiptOf(cards: readonly string[]): Receipt {
  return { cards: cards.slice(-MOST_CARDS).join(" ") };
}

/** What a person did to the incident, if the message is about that. */
export function eventOf({ reason }: Message): ChannelEvent | undefined {
  return reason === "acknowledged" || reason === "closed" ? reason : undefined;
}
