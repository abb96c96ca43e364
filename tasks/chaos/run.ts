/**
 * A chaos run: three relays on one database, senders, vendors and a plan; then all faults end and the queues must
 * drain, and the relays' records are compared with the notes of the senders and the vendors.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { temporaryFolder } from "../_start_process.ts";
import { FLEET_TOKEN, startFleet } from "../_fleet.ts";
import { Account } from "./account.ts";
import {
  type Broken,
  type Disturbance,
  madeUpPromise,
  missing,
  missingPromise,
  oncePromise,
  orderPromise,
  postedPromise,
  ratePromise,
  repeatPromise,
  repeats,
} from "./audit.ts";
import { fakeClocks } from "./clocks.ts";
import { startDuty } from "./duty.ts";
import { type Figure, figuresOf } from "./figures.ts";
import { diceOf, planOf } from "./plan.ts";
import { deliveriesTo, ledgerOf, sendDeadAgain, waitingAt } from "./records.ts";
import { type Door, Senders } from "./senders.ts";
import { Stage } from "./stage.ts";
import { storyOf } from "./story.ts";
import { ROBOT_RATE, startVendors } from "./vendors.ts";

/** The options of a run. */
export interface ChaosOptions {
  readonly seed: number;
  /** The duration of the faults. */
  readonly seconds: number;
  /** The `denokv` program; without it the proxy uses its own store. */
  readonly denokv: string | undefined;
  /** Aborts when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Called with each event. */
  readonly say: (words: string) => void;
  /** Called while all programs still run, when a promise was broken. */
  readonly onBroken?: ((doors: readonly Door[]) => Promise<void>) | undefined;
}

/** The result of a run. */
export interface ChaosResult {
  readonly figures: readonly Figure[];
  readonly broken: readonly Broken[];
  /** The report of the first broken promise, as lines. */
  readonly story: readonly string[];
}

/** The relays. */
export const RELAYS = ["a", "b", "c"] as const;

/** The time limit for every relay to accept again, and then for every delivery to be made, in milliseconds. */
const ACCEPT_WITHIN = 60_000;
const DRAIN_WITHIN = 360_000;

/**
 * The interval while the queues drain: each relay is asked, dead deliveries are sent again, and the rest is reported,
 * in milliseconds.
 */
const ASK_EVERY = 1_000;
const DEAD_EVERY = 10_000;
const WORD_EVERY = 20_000;

/** Run it. @throws Error when the run cannot begin, or is interrupted */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, seconds, denokv, signal, say, onBroken } = options;
  await using folder = await temporaryFolder();
  const clocks = await fakeClocks(RELAYS, folder.path);
  const account = new Account();
  await using duty = await startDuty({ account, dice: diceOf(seed + 2) });
  await using vendors = await startVendors(account, duty.yaml);
  const broken: Broken[] = [];
  let isOver = false;
  const lines = new Map<string, number>(RELAYS.map((name) => [name, 0]));
  await using fleet = await startFleet({
    names: RELAYS,
    yaml: vendors.yaml,
    denokv,
    seed,
    detached: true, // Ctrl-C must not end the database before the relays
    env: { DENO_LOG: "denokv_remote=off" }, // as in the Dockerfile: otherwise Deno's client prints each of its retries
    ...clocks ? { envOf: (name) => clocks.envOf(name) } : {},
    onLine: (relay) => lines.set(relay, lines.get(relay)! + 1),
    onEnd: (relay) => {
      if (isOver || stage.isStarting(relay)) return;
      const seen = `${relay} ended: ${fleet.relay(relay).output.slice(-1_500)}`;
      broken.push({ promise: "a relay ends only when it is told to", seen, at: Date.now() });
      void stage.start(relay);
    },
  });
  const doors: readonly Door[] = fleet.relays;
  const began = Date.now();
  const senders = new Senders({ doors, token: FLEET_TOKEN, account, dice: diceOf(seed + 1) });
  const stage = new Stage({
    fleet,
    vendors,
    clocks,
    probe: (door, within) => senders.probe(door, within),
    say: (words) => say(`${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${words}`),
  });
  const interrupt = (): void => {
    stage.abandon();
    senders.abandon();
    duty.abandon();
  };
  signal.addEventListener("abort", interrupt, { once: true });
  await using _ = {
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      interrupt();
      fleet.proxy.heal();
      await Promise.all([senders.finish(), duty.finish()]);
    },
  };
  duty.begin(doors);

  const store = fleet.proxy.store === "denokv"
    ? "a denokv server"
    : "the proxy's own store, without a denokv";
  say(
    `${RELAYS.length} relays on ${store}; their clocks are ${
      clocks ? "up to 2 s wrong" : "right: no libfaketime"
    }`,
  );
  const timer = setTimeout(() => stage.end(), seconds * 1_000);
  await stage.play(planOf({ seed, seconds, relays: RELAYS, clocks: clocks !== undefined })).finally(() =>
    clearTimeout(timer)
  );
  signal.throwIfAborted();
  const mended = Date.now();
  say("The faults are over; what is left must be accepted and delivered");

  await within(ACCEPT_WITHIN, Promise.all([senders.finish(), duty.finish()]), signal) || broken.push({
    promise: "the relays accept again after the faults",
    seen: `after ${ACCEPT_WITHIN / 1_000} s some payloads are still refused`,
  });
  const accepting = Date.now() - mended;
  let resent = 0;
  let nextResend = 0;
  let left = "";
  let isDrained = false;
  let nextWord = Date.now() + WORD_EVERY;
  for (
    const end = Date.now() + DRAIN_WITHIN;
    Date.now() < end;
    await delay(ASK_EVERY, undefined, { signal })
  ) {
    try {
      if (Date.now() >= nextResend) {
        resent += await sendDeadAgain(doors[0]!);
        nextResend = Date.now() + DEAD_EVERY;
      }
      const { total } = await ledgerOf(doors[0]!);
      left = `${total.pending} wait, ${total.dead} are dead`;
      isDrained = total.pending === 0 && total.dead === 0;
      if (isDrained) break;
    } catch (error) {
      left = String(error);
    }
    signal.throwIfAborted();
    if (Date.now() < nextWord) continue;
    say(left);
    nextWord += WORD_EVERY;
  }
  const draining = Date.now() - mended;
  if (!isDrained) {
    broken.push({
      promise: "after the faults everything drains",
      seen: `after ${draining / 1_000} s: ${left}`,
    });
  }
  for (const { id, fingerprint, destination, wait } of await waitingAt(doors[0]!, 3).catch(() => [])) {
    broken.push({
      promise: "after the faults everything drains",
      seen: `after ${draining / 1_000} s ${left}; the delivery ${id} to ${destination} waits: ${
        JSON.stringify(wait)
      }`,
      alert: fingerprint,
    });
  }

  broken.push(...await duty.audit(doors[0]!, signal));
  const { notified } = vendors;
  const disturbances: Disturbance[] = stage.interventions.filter(({ action }) =>
    ["kill", "stop", "freeze", "partition", "database"].includes(action.kind)
  );
  broken.push(
    ...missingPromise(account.accepted.values(), notified),
    ...orderPromise(notified, stage.thaws),
    ...oncePromise(notified),
    ...repeatPromise(notified, disturbances),
    ...madeUpPromise(account.sent, notified),
    ...ratePromise("dingtalk", vendors.calls("dingtalk"), ROBOT_RATE),
    ...ratePromise("wecom", vendors.calls("wecom"), ROBOT_RATE),
    ...postedPromise(
      "dingtalk",
      vendors.calls("dingtalk"),
      await deliveriesTo("pager/1/dingtalk", doors[0]!),
    ),
  );
  for (const door of doors) broken.push(...await auditLedger(door, account));
  const result = {
    figures: figuresOf({
      account,
      answers: senders.answers,
      began,
      mended,
      accepting,
      draining,
      resent,
      lines,
      store: fleet.proxy.store,
      hasClocks: clocks !== undefined,
      counters: fleet.proxy.counters(),
      stage,
      vendors,
      duty: duty.incidents,
      missing: missing(account.accepted.values(), notified).length,
      repeated: repeats(notified).length,
    }),
    broken,
    story: broken[0] === undefined
      ? []
      : await storyOf(broken[0], { relays: fleet.relays, interventions: stage.interventions, began }),
  };
  if (broken.length > 0) await onBroken?.(doors);
  return result;
}

/** The ledger of each relay is balanced, also against the records, and contains everything that was answered 200. */
async function auditLedger(door: Door, { acceptedAlerts, sentAlerts }: Account): Promise<Broken[]> {
  const ledger = await ledgerOf(door, { verify: true }).catch((error: unknown) => String(error));
  const promise = "the ledger adds up";
  if (typeof ledger === "string") return [{ promise, seen: ledger }];
  const { addsUp, wrong, verified, accepted, total } = ledger;
  const broken: Broken[] = [];
  if (!addsUp || !verified?.agrees) {
    const { faults = [], differences = [] } = verified ?? {};
    broken.push({
      promise,
      seen: `${door.name}: ${JSON.stringify({ wrong, total, faults: faults.slice(0, 10), differences })}`,
      alert: faults[0]?.id.slice(0, 30),
    });
  }
  if (accepted < acceptedAlerts || accepted > sentAlerts) {
    const seen =
      `${door.name} has ${accepted} alerts; ${acceptedAlerts} of ${sentAlerts} that were sent were answered 200`;
    broken.push({ promise: "the log has what was answered 200", seen });
  }
  return broken;
}

/** @returns whether the work is done within this many milliseconds */
async function within(ms: number, work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const late = delay(ms, false, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    over.abort();
    await late.catch(() => {});
  }
}
