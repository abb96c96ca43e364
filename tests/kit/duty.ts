import type { Outcome } from "../../relay/domain/outcome.ts";
import { TestClock } from "./clock.ts";
import { type TestAlert, type TestRelay, testRelay } from "./relay.ts";
import { MINUTE } from "../../relay/base/duration.ts";

/** A relay that can be restarted on its stored data. */
export interface Scene extends AsyncDisposable {
  /** The current relay. */
  readonly house: TestRelay;
  /** Stop it, and start another one on the same database and clock, perhaps with another configuration. */
  restart(yaml?: string): Promise<void>;
  /** Post an alert. @returns its outcome for its first group */
  fire(alert?: TestAlert): Promise<string>;
  /** Post an alert that began just now: a new occurrence, also while its incident is open. */
  again(alert?: TestAlert): Promise<string>;
  /** Advance the clock by minutes, with the cron's work in each. */
  minutes(count: number): Promise<void>;
  /** The inbox's messages since the last call, the oldest first: `first firing`. */
  heard(): Promise<string[]>;
}

/** Create a relay with a recorded inbox, on a file of its own (`exclusive`) or on a shared database. */
export async function scene(
  { yaml, exclusive = true, now }: { yaml?: string; exclusive?: boolean; now?: number },
): Promise<Scene> {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock(now);
  const fire = async (alert: TestAlert = {}): Promise<string> => {
    await house.fire(alert);
    const [logged] = await house.relay.store.log.newest(1);
    return inWords(logged!.routing[0]!.outcome);
  };
  const start = (text: string | undefined): Promise<TestRelay> =>
    testRelay({ kv, clock, exclusive, ...text === undefined ? {} : { yaml: text } });
  let house = await start(yaml);
  const seen = new Set<string>();
  return {
    get house(): TestRelay {
      return house;
    },
    async restart(changed = yaml): Promise<void> {
      await house[Symbol.asyncDispose]();
      house = await start(changed);
    },
    fire,
    again: (alert = {}) => fire({ ...alert, startsAt: new Date(clock.now()).toISOString() }),
    minutes: (count) => minutes(house, count),
    async heard(): Promise<string[]> {
      const kept = await house.relay.store.caches.newest("inbox", 1_000) as {
        readonly id: string;
        readonly reason: string;
        readonly status: string;
      }[];
      const fresh = kept.toReversed().filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      return fresh.map(({ reason, status }) => `${reason} ${status}`);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      kv.close();
    },
  };
}

/** Advance the clock by minutes, with the cron's work in each; `others` are instances that share the clock. */
export async function minutes(
  house: TestRelay,
  count: number,
  others: readonly TestRelay[] = [],
): Promise<void> {
  const all = [house, ...others];
  for (let minute = 0; minute < count; minute++) {
    await house.advance(MINUTE);
    await Promise.all(all.map(({ relay }) => relay.tidy()));
    await Promise.all(all.map((one) => one.settle()));
  }
}

/** An alert's outcome in one word: the reason of its notification, `folded`, or the reason of its suppression. */
export function inWords(outcome: Outcome): string {
  if (outcome.kind === "told") return outcome.reason;
  return outcome.kind === "folded" ? "folded" : outcome.by;
}
