import type { Restored } from "../store/restored.ts";
import type { Store } from "../store/store.ts";

/** The criteria for a relay's delivery. */
export interface StandbyCriteria {
  /** The operator's `FENGHUO_DELIVER`, if set. */
  readonly deliver: boolean | undefined;
  /** The app's timeline on Deno Deploy. */
  readonly timeline: string | undefined;
  /** Set when the database is a copy. */
  readonly restored: Restored | undefined;
}

/**
 * The reason why a relay accepts alerts and delivers none: another relay may deliver the same ones, and people would
 * be notified twice.
 *
 * @returns a sentence with the remedy; `undefined` if it delivers
 */
export function reasonForStandby({ deliver, timeline, restored }: StandbyCriteria): string | undefined {
  if (deliver) return undefined;
  const because = deliver === false
    ? "FENGHUO_DELIVER is 0"
    : restored
    ? `the database was restored from a copy of ${new Date(restored.copiedAt).toISOString()}, ` +
      "and the relay that it was copied from may still deliver"
    : timeline !== undefined && timeline !== "production"
    ? `this is the timeline "${timeline}"`
    : undefined;
  return because && `Alerts are accepted and not delivered: ${because}; set FENGHUO_DELIVER=1 to deliver`;
}

/**
 * Decide whether a relay delivers. One that does becomes the owner of a database that was restored from a copy.
 *
 * @returns why it does not. @throws StoreError
 */
export async function decideToDeliver(
  criteria: Omit<StandbyCriteria, "restored">,
  store: Pick<Store, "restored" | "takeOver">,
): Promise<string | undefined> {
  const held = reasonForStandby({ ...criteria, restored: store.restored });
  if (held === undefined && store.restored) await store.takeOver();
  return held;
}
