import { deepStrictEqual as equal } from "node:assert/strict";
import { HOUR, SECOND } from "../../../relay/base/duration.ts";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { testRelay } from "../../kit/relay.ts";

/** The clock of a machine that can sleep: its timers do not count the time that it sleeps. */
class SleepyClock extends TestClock {
  #slept = 0;

  override now(): number {
    return super.now() + this.#slept;
  }

  override at(at: number, run: () => void): () => void {
    return super.at(at - this.#slept, run);
  }

  sleep(ms: number): void {
    this.#slept += ms;
  }
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local" : "a shared";
  Deno.test(`on ${store} store the sweep leaves a lane that waits alone, and finds one whose timer is late`, async () => {
    await using sink = await startSink();
    sink.answer({ status: 503, times: 1 });
    const clock = new SleepyClock();
    await using house = await testRelay({
      clock,
      exclusive,
      yaml:
        `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`,
    });
    await house.fire({});
    const { outbox } = house.relay.store;
    const claim = outbox.claim.bind(outbox);
    let looks = 0;
    outbox.claim = (...lane) => {
      looks++;
      return claim(...lane);
    };
    const sweep = async (): Promise<number[]> => {
      await house.relay.courier.sweep();
      await house.settle();
      return [looks, sink.requests.length];
    };
    await sweep(); // it learns of the bell
    const before = looks;
    clock.sleep(SECOND);
    equal(await sweep(), [before, 1]);
    clock.sleep(HOUR);
    equal(await sweep(), [before + 1, 2]);
  });
}
