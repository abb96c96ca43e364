import { deepStrictEqual as equal } from "node:assert/strict";
import { DAY } from "../../../relay/base/duration.ts";
import { encode } from "../../../relay/base/codec.ts";
import type { DeadLetter, Delivery } from "../../../relay/domain/record.ts";
import { Audit } from "../../../relay/store/audit.ts";
import { Bells } from "../../../relay/store/bells.ts";
import { Database } from "../../../relay/store/database.ts";
import { DeadLetters } from "../../../relay/store/dead_letters.ts";
import { deadKey, deliveryKey } from "../../../relay/store/keys.ts";
import { Timeline } from "../../../relay/store/timeline.ts";
import { LaneQueues } from "../../../relay/store/lane_queues.ts";
import { TestClock } from "../../kit/clock.ts";
import { queued } from "../../kit/queued.ts";

/** A database that calls a function between a commit and its answer, as when the answer is late. */
function withLateAnswers(kv: Deno.Kv, beforeAnswer: () => Promise<void>): Deno.Kv {
  return new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (name !== "atomic") return typeof value === "function" ? value.bind(target) : value;
      return () => {
        const atomic = target.atomic();
        const commit = atomic.commit.bind(atomic);
        atomic.commit = async () => {
          const result = await commit();
          await beforeAnswer();
          return result;
        };
        return atomic;
      };
    },
  });
}

Deno.test("a delivery that is settled before the request to send it again is answered does not come back", async () => {
  using kv = await Deno.openKv(":memory:");
  const database = new Database(kv, { deadline: 5_000 });
  const queues = new LaneQueues(database, { isShared: false, bells: new Bells(database, undefined) });
  const read = async (): Promise<string[]> => {
    const ids: string[] = [];
    await queues.head("lane", ({ id }) => {
      ids.push(id);
      return false;
    });
    return ids;
  };
  const entry = queued({ at: 1 });
  const settle = async (): Promise<void> => {
    equal(await read(), [entry.id]);
    const atomic = database.of("the test").atomic();
    const landed = queues.of("lane").write(atomic, { gone: [entry.id], updated: [] });
    await database.of("the test").commit(atomic);
    landed();
    equal(await read(), []);
  };
  const late = new Database(withLateAnswers(kv, settle), { deadline: 5_000 });
  const audit = new Audit(late, { clock: new TestClock(), retention: () => DAY });
  const timeline = new Timeline(late, { retention: { alerts: DAY } });
  const dead = new DeadLetters(late, { retention: { dead: DAY }, audit, queues, timeline });
  const letter: DeadLetter = { entry, because: "gone", diedAt: 1 };
  const record: Pick<Delivery, "id" | "state" | "attempts"> = { id: entry.id, state: "dead", attempts: [] };
  await kv.set(deadKey(entry.id), encode(letter));
  await kv.set(deliveryKey(entry.alert, entry.id), encode(record));
  equal(await dead.sendAgain(letter, { by: "me", at: 2, lane: "lane" }), true);
  equal(await read(), []);
});
