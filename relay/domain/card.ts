/** The colour of a card's head. */
export type CardColour = "red" | "orange" | "yellow" | "blue" | "green" | "none";

/** The frame that a vendor's client draws around the body of a message. */
export interface Card {
  /** The colour of its head. */
  readonly colour: CardColour;
  /** Addresses under the body, in order. */
  readonly buttons: readonly { readonly title: string; readonly url: string }[];
}
