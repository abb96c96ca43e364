import type { Outbox } from "../store/outbox.ts";
import type { Watchers } from "../intake/watch.ts";
import type { Behind } from "./choice.ts";

/**
 * Answers callers whose deliveries wait behind an earlier, failed delivery of the same incident. The failure is already
 * known, so they need not wait for an attempt of their own.
 */
export async function answerBehind(
  behind: readonly Behind[],
  { outbox, watchers }: { outbox: Pick<Outbox, "delivery">; watchers: Watchers },
): Promise<void> {
  for (const { entry, first } of behind) {
    // When it cannot be read now, they wait as they would have.
    const record = await outbox.delivery(first).catch(() => undefined);
    const last = record?.attempts.at(-1);
    // A vendor that asked to wait has not failed.
    if (!last || last.verdict === "throttled" || last.verdict === "delivered") continue;
    watchers.report(entry.id, { state: "failed", because: last.because, step: last.step });
  }
}
