import { liftResolved } from "../intake/lift.ts";
import { storeRenewals } from "../intake/store_renewals.ts";
import { notifyOfCalm } from "./calm.ts";
import { clearSilent } from "./clear.ts";
import { countOpen } from "./count_open.ts";
import { expire } from "./expire.ts";
import { escalate } from "./escalate.ts";
import { confirmHeld } from "./late.ts";
import { liftInhibited } from "./lift_inhibited.ts";
import { remind } from "./remind.ts";
import { repeat } from "./repeat.ts";
import { repeatMessages } from "./repeat_messages.ts";
import type { DueJob, UpkeepJob, UpkeepTime, UpkeepTools } from "./upkeep.ts";
import { withTimeout } from "../base/timeout.ts";
import { isStale } from "../domain/incident.ts";
import { DAY } from "../base/duration.ts";
import { type DueBatch, type DueIncident, SOON } from "../store/due_incidents.ts";
import { CLOCK_SKEW } from "../store/lane_record.ts";
import { StoreError } from "../store/errors.ts";
import { readOpenLabels } from "../store/open_labels.ts";

/** The jobs of each minute, in order. When one fails, the later ones wait for the next minute. */
const JOBS: readonly UpkeepJob[] = [
  leaveTime,
  sweepLanes,
  checkSickness,
  forgetSenderRefusals,
  watchHeartbeats,
  tidySilences,
  liftSilences,
  tidyRenewals, // before what is due ends
  visitDue,
  liftInhibited,
  noteSoon,
  liftSilences, // of incidents that ended just now
  forgetIncidents,
  drill,
  packSummaries,
  countOpen,
  sendHeartbeat, // after what must have worked
  readLabels,
  sweepIncidents, // last, because it is slow after a storm
];

/** The work on due incidents, in order. */
const DUE_JOBS: readonly DueJob[] = [
  clearSilent,
  confirmHeld,
  notifyOfCalm,
  retireStale,
  expire,
  escalate,
  remind,
  repeat,
  repeatMessages,
];

/** Milliseconds that a batch of due incidents may take, and after which no other one is begun: the next minute goes on. */
const BATCH_DEADLINE = 30_000;
const NO_MORE_AFTER = 50_000;

/** The time limit of reading labels in a minute, and the pause between two steps, in which alerts are accepted; in milliseconds. */
const LABELS = { budget: 15_000, rest: 20 };

/** Runs the jobs of each minute. */
export class Upkeep {
  readonly #tools: UpkeepTools;
  readonly #jobs: readonly UpkeepJob[];
  /** The start of the relay, and the last run of each job. */
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
    const { clock } = this.#tools;
    for (const job of this.#jobs) {
      const now = clock.now();
      await job(this.#tools, { now, since: this.#doneAt.get(job) ?? this.#startedAt });
      this.#doneAt.set(job, now);
    }
  }
}

/** Leave this instance's time for the others, which compare it with theirs. */
async function leaveTime({ store }: UpkeepTools): Promise<void> {
  await store.clocks?.leave();
}

/** Store the renewals of incidents that another instance would end, and forget those of senders that have stopped. */
async function tidyRenewals(
  { store: { isShared, renewals }, writer }: UpkeepTools,
  { now }: { now: number },
): Promise<void> {
  if (isShared) {
    const unstored = renewals.unstored(now + SOON + CLOCK_SKEW);
    await storeRenewals(unstored.map((one) => ({ kind: "renew", ...one })), { renewals, writer });
  }
  renewals.forget({ since: now - DAY, now });
}

/** See to the incidents that time changes: one pass for all that it does. */
async function visitDue(tools: UpkeepTools, { now }: { now: number }): Promise<void> {
  const { store: { incidents }, clock } = tools;
  for await (const batch of incidents.due(now)) {
    await withTimeout(visit(tools, batch, now), BATCH_DEADLINE, () => {
      throw new StoreError(
        "unavailable",
        `Cannot see to the incidents that are due: a batch took ${BATCH_DEADLINE} ms`,
      );
    });
    if (clock.now() > now + NO_MORE_AFTER) return;
  }
}

/** Set timers for the incidents that are due to the second before the next look. */
async function noteSoon({ store: { incidents }, soon }: UpkeepTools, { now }: UpkeepTime): Promise<void> {
  for (const incident of await incidents.soon(now)) soon.note(incident);
}

/** One batch. */
export async function visit(tools: UpkeepTools, batch: DueBatch, now: number): Promise<void> {
  const { writer, courier, soon } = tools;
  for (const { incident } of batch.incidents) soon.note(incident); // a commit that changes it notes it anew
  for (const job of DUE_JOBS) {
    const updates = await job(tools, batch.incidents, now) ?? [];
    for (const lane of await writer.update(updates)) courier.wake(lane);
  }
  await batch.done();
}

/** Take the incidents from the list of open ones whose senders have been silent for too long. */
async function retireStale(
  { writer, config: { staleAfter } }: UpkeepTools,
  due: readonly DueIncident[],
  now: number,
): Promise<void> {
  const stale = due.map(({ incident }) => incident).filter((one) =>
    one.closedAt === null && one.flaps === undefined && one.clearsAfter === undefined &&
    isStale(one, { now, staleAfter })
  );
  await writer.retire(stale, now);
}

async function forgetIncidents({ writer }: UpkeepTools): Promise<void> {
  await writer.forget();
}

/** Find work that no timer is set for. */
async function sweepLanes({ courier }: UpkeepTools): Promise<void> {
  await courier.sweep();
}

async function checkSickness({ sickness }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await sickness.tidy(now);
}

async function forgetSenderRefusals({ refusals }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await refusals.tidy(now);
}

async function watchHeartbeats({ heartbeats }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await heartbeats.tidy(now);
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

/** After a start, reads the labels of the open incidents for lists. */
async function readLabels({ store: { incidents: { openTable }, records } }: UpkeepTools): Promise<void> {
  if (openTable) await readOpenLabels(openTable, records, LABELS);
}

async function packSummaries({ store }: UpkeepTools, { now }: { now: number }): Promise<void> {
  await store.summaries.tidy(now);
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
