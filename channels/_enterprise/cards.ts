/**
 * The receipt of a thread's cards. Each message that must notify is a card of its own, and all of them change
 * together.
 *
 * @module
 */
import { delivered, type Receipt, retry, type Verdict } from "../../relay/channel.ts";
import type { CallResult } from "./conversation.ts";

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

/**
 * Changes all cards of a thread. The receipt leaves out those that no longer exist.
 *
 * @param verb The vendor's word for a change, as the verdict shows it
 */
export async function changeCards(
  cards: readonly string[],
  { verb, change }: { verb: string; change: (card: string) => Promise<CallResult> },
): Promise<Verdict> {
  const left: string[] = [];
  let gone = "";
  for (const card of cards) {
    const changed = await change(card);
    if (changed.ok) left.push(card);
    else if (changed.cause === "chat") gone = changed.verdict.because;
    else return changed.verdict;
  }
  if (left.length === 0) return retry(gone, { forget: true });
  return delivered(left.length === 1 ? verb : `${verb} ${left.length} cards`, {
    receipt: receiptOf(left),
  });
}
