import { isOver } from "../domain/incident.ts";
import { DUE_BATCH } from "../store/due_incidents.ts";
import { clearSilent } from "./clear.ts";
import { escalate } from "./escalate.ts";
import { expire } from "./expire.ts";
import { repeatMessages } from "./repeat_messages.ts";
import type { DueJob, UpkeepTools } from "./upkeep.ts";

/** The jobs that run at their exact time, not in the next minute's upkeep, in order. */
const EXACT_JOBS: readonly DueJob[] = [clearSilent, expire, escalate, repeatMessages];

/** Do the exact jobs for the incidents of these fingerprints, a batch at a time. @throws StoreError */
export async function runExactJobs(fingerprints: ReadonlySet<string>, tools: UpkeepTools): Promise<void> {
  const all = [...fingerprints];
  for (let from = 0; from < all.length; from += DUE_BATCH) {
    await seeToBatch(new Set(all.slice(from, from + DUE_BATCH)), tools);
  }
}

async function seeToBatch(fingerprints: ReadonlySet<string>, tools: UpkeepTools): Promise<void> {
  const { store: { incidents }, writer, courier, clock, soon } = tools;
  for (const job of EXACT_JOBS) {
    const latest = await incidents.latest(fingerprints);
    const due = [...fingerprints].flatMap((one) => {
      const incident = latest.get(one);
      return incident && !isOver(incident) ? [{ incident, since: clock.now() }] : [];
    });
    const updates = await job(tools, due, clock.now()) ?? [];
    for (const lane of await writer.update(updates)) courier.wake(lane);
  }
  const after = await incidents.latest(fingerprints);
  for (const fingerprint of fingerprints) {
    const incident = after.get(fingerprint);
    if (incident) soon.noteAgain(incident); // it may have been renewed without a commit
  }
}
