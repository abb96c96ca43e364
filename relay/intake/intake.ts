import type { Alert } from "../domain/alert.ts";
import type { Routed } from "../domain/rules.ts";
import type { SignatureUse } from "../domain/signature.ts";

/** An alert that was routed, on its way into the store. */
export interface Intake {
  readonly alert: Alert;
  readonly fingerprint: string;
  readonly routes: readonly Routed[];
  /** Shared by the alerts that came in one request. */
  readonly payload: string;
  /** When it was received. */
  readonly now: number;
  /** The sender did not send it: its incident is resolved because the sender was silent for too long. */
  readonly assumed?: true;
  /** It is a heartbeat, which notifies nobody. */
  readonly heartbeat?: boolean;
  /** The id of the silence that covers it. */
  readonly silence?: string | undefined;
  /** The signature that it came with. */
  readonly signature?: SignatureUse | undefined;
}
