import { isOver } from "../domain/incident.ts";
import { escalate } from "./escalate.ts";
import { expire } from "./expire.ts";
import type { DueJob, UpkeepTools } from "./upkeep.ts";

/** The jobs that are done at their time, and not only at the next minute, in order. */
const EXACT_JOBS: readonly DueJob[] = [expire, escalate];

/** Do the exact jobs for the incidents of these fingerprints. @throws StoreError */
export async function seeTo(fingerprints: ReadonlySet<string>, tools: UpkeepTools): Promise<void> {
  const { store: { incidents }, writer, courier, clock } = tools;
  for (const job of EXACT_JOBS) {
    const latest = await incidents.latest(fingerprints);
    const due = [...fingerprints].flatMap((one) => {
      const incident = latest.get(one);
      return incident && !isOver(incident) ? [{ incident, since: clock.now() }] : [];
    });
    const updates = await job(tools, due, clock.now()) ?? [];
    for (const lane of await writer.update(updates)) courier.wake(lane);
  }
}
