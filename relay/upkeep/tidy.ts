import { liftResolved } from "../intake/lift.ts";
import { notifyOfCalm } from "./calm.ts";
import { clearSilent } from "./clear.ts";
import { confirmHeld } from "./late.ts";
import { remind } from "./remind.ts";
import { repeat } from "./repeat.ts";
import type { UpkeepJob, UpkeepTools } from "./upkeep.ts";

/** The jobs of each minute, in order. When one fails, the later ones wait for the next minute. */
const JOBS: readonly UpkeepJob[] = [
  lookForChanges,
  sweepLanes,
  checkSickness,
  forgetSenderRefusals,
  watchHeartbeats,
  tidySilences,
  clearSilent,
  confirmHeld,
  liftSilences,
  notifyOfCalm,
  retireStale,
  remind,
  repeat,
  drill,
  packSummaries,
  sendHeartbeat, // after what must have worked
  sweepIncidents, // last, because it is slow after a storm
];

/** Runs the jobs of each minute. */
export class Upkeep {
  readonly #tools: UpkeepTools;
  readonly #jobs: readonly UpkeepJob[];
  /** When the relay started, and when each job last ran. */
  readonly #startedAt: number;
  readonly #doneAt = new Map<UpkeepJob, number>();

  constructor(
    tools: UpkeepTools,
    { startedAt, jobs = JOBS }: { startedAt: number; jobs?: readonly UpkeepJob[] },
  ) {
    this.#tools = tools;
    this.#jobs = jobs;
    this.#startedAt = startedAt;
  }

  /** Run all jobs. @throws StoreError */
  async run(): Promise<void> {
    const { clock, writer, courier } = this.#tools;
    for (const job of this.#jobs) {
      const now = clock.now();
      const updates = await job(this.#tools, { now, since: this.#doneAt.get(job) ?? this.#startedAt });
      if (updates) { for (const lane of await writer.update(updates)) courier.wake(lane); }
      this.#doneAt.set(job, now);
    }
  }
}

/** Read the changes of other instances: the watch may have been cut off without a word. */
async function lookForChanges({ store }: UpkeepTools): Promise<void> {
  await store.watch?.look();
}

/** Find work that no timer is set for. */
async function sweepLanes({ courier }: UpkeepTools): Promise<void> {
  await courier.sweep();
}

async function checkSickness({ sickness }: UpkeepTools): Promise<void> {
  await sickness.check();
}

async function forgetSenderRefusals({ refusals }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await refusals.tidy(now);
}

async function watchHeartbeats({ heartbeats }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await heartbeats.check(now);
}

async function tidySilences(
  { store: { silences } }: UpkeepTools,
  { now }: { now: number },
): Promise<void> {
  await silences.tidy(now);
}

async function liftSilences({ store }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await liftResolved(store, { now });
}

async function retireStale({ writer }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await writer.retireStale(now);
}

async function packSummaries({ store }: UpkeepTools): Promise<void> {
  await store.summaries.pack();
}

async function drill({ drill }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await drill.run(now);
}

async function sendHeartbeat({ outgoing }: UpkeepTools): Promise<void> {
  await outgoing.beat();
}

/** Delete the remains of incidents that are over. */
async function sweepIncidents({ store }: UpkeepTools): Promise<void> {
  await store.incidents.sweep();
}
