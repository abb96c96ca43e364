import type { Recipients, Verdict } from "../channel.ts";
import type { AttemptRecord, Delivery, DigestRecord, Queued } from "../domain/record.ts";
import type { DigestMark } from "../store/lane_record.ts";
import type { DigestCardChange } from "../store/digest_cards.ts";
import type { ReceiptChange } from "../store/receipts.ts";
import type { ProgressChange } from "../store/recipient_progress.ts";
import type { BudgetSlot } from "./budget.ts";
import type { Fate } from "./retry.ts";

/** The result of one delivery, to be written. */
export interface DeliveryResult {
  readonly entry: Queued;
  readonly fate: Fate;
  readonly attempt?: AttemptRecord;
  /** The id of the digest that covered it. */
  readonly digest?: string | undefined;
  /** The message as sent, unless it was a digest. */
  readonly sent?: Delivery["sent"] | undefined;
  /** Set when it is rerouted: the delivery to the fallback. */
  readonly fallback?: LaneEntry;
  /** The ids of the message's recipients. */
  readonly to?: readonly string[];
  /** Which recipients the message reached, unless it reached all of them. */
  readonly recipients?: Recipients | undefined;
  /** Changes of its incident's receipts; set on one of the incident's deliveries that shared the message. */
  readonly receipts?: readonly ReceiptChange[];
  /** Changes of the digest that is the last message about its incident; set like its receipts. */
  readonly cards?: readonly DigestCardChange[];
  /** The message's progress, for a channel with `per: "recipient"`; set on one of the deliveries that shared the message. */
  readonly progress?: ProgressChange;
  /** The message's feedback to the lane; set on one of the deliveries that shared it. */
  readonly feedback?: LaneFeedback | undefined;
}

/** A delivery whose destination now belongs to another lane. */
export interface MovedDelivery {
  readonly entry: Queued;
  readonly movedTo: string;
}

/** A row of a settlement before it is written. */
export type SettlementRow = DeliveryResult | MovedDelivery;

/** The change of a lane's state after a message. */
export interface LaneFeedback {
  readonly verdict: Verdict;
  readonly configHash: string;
  /** Set if the vendor was not called: the verdict is the channel's own. */
  readonly unasked?: true | undefined;
  /** The budget slot that was spent for the message. */
  readonly slot?: BudgetSlot | undefined;
  /**
   * Set when the message was a digest, or the edit of one: its mark in the lane unless it was partly delivered before, and the
   * record of a new one.
   */
  readonly digest?: {
    readonly mark?: DigestMark | undefined;
    readonly record?: DigestRecord | undefined;
  } | undefined;
}

/** A delivery and the lane to queue it in. */
export interface LaneEntry {
  readonly entry: Queued;
  readonly lane: string;
}

/** The result of a delivery that cannot be sent. */
export function dead(entry: Queued, because: string): DeliveryResult {
  return { entry, fate: { state: "dead", because } };
}

/** The result of a partly delivered delivery, when a later message of its incident goes to all recipients. */
export function overtaken(entry: Queued): DeliveryResult {
  const because = "to some of its recipients; all of them get a later message of the incident";
  return { entry, fate: { state: "delivered", because } };
}
