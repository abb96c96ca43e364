import { deepStrictEqual as equal } from "node:assert/strict";
import type { PreparedAlert } from "../../../relay/intake/pipeline.ts";
import { type WriteBatch, WriteQueue } from "../../../relay/intake/write_queue.ts";
import { alert } from "../../kit/domain.ts";

/** A queue with a job for each word. */
function queueOf(...words: string[]): WriteQueue {
  const queue = new WriteQueue();
  for (const word of words) add(queue, word);
  return queue;
}

/** Add a job. The letters of the word are the fingerprints of its items. */
function add(queue: WriteQueue, word: string): void {
  const items = [...word].map((fingerprint) => {
    const prepared: PreparedAlert = { fingerprint, payload: word, now: 0, routes: [], alert: alert() };
    return { prepared };
  });
  queue.add(items, { bytes: 1, since: 0 });
}

function taken(queue: WriteQueue, fingerprints: number): WriteBatch {
  const batch = queue.next({ items: 100, fingerprints });
  queue.take(batch);
  return batch;
}

const namesIn = ({ candidates }: WriteBatch): string =>
  candidates.map(({ item, number }) => `${"prepared" in item ? item.prepared.fingerprint : ""}${number}`)
    .join(" ");

Deno.test("jobs take turns, and one that was served comes behind those that were not", () => {
  const queue = queueOf("abcde", "fgh", "i");
  equal(namesIn(taken(queue, 2)), "a0 f0");
  equal(namesIn(taken(queue, 3)), "i0 b1 g1");
  equal(namesIn(taken(queue, 9)), "c2 h2 d3 e4");
  equal(queue.size, 0);
});

Deno.test("items of one fingerprint share a commit", () => {
  equal(namesIn(taken(queueOf("a", "abac"), 1)), "a0 a0 a2");
});

Deno.test("items of a fingerprint that is under way wait, and others of their job overtake them", () => {
  const queue = queueOf("a");
  const busy = taken(queue, 9);
  add(queue, "bac");
  equal(namesIn(taken(queue, 1)), "b0");
  equal(namesIn(taken(queue, 9)), "c2");
  equal(namesIn(taken(queue, 9)), "");
  queue.finish(busy.candidates, new Set());
  queue.release(busy.fingerprints);
  equal(namesIn(taken(queue, 9)), "a1");
});

Deno.test("what did not fit comes first in the next commit, in its own order", () => {
  const queue = queueOf("abcd", "ef", "g");
  const batch = taken(queue, 6);
  equal(namesIn(batch), "a0 e0 g0 b1 f1 c2");
  queue.putBack(batch.candidates.splice(1));
  queue.release(batch.fingerprints);
  equal(namesIn(taken(queue, 9)), "e0 g0 b1 f1 c2 d3");
});

Deno.test("what is put back between items that are under way waits alone", () => {
  const queue = queueOf("abcd");
  const early = taken(queue, 2);
  const late = taken(queue, 9);
  equal([namesIn(early), namesIn(late)], ["a0 b1", "c2 d3"]);
  queue.putBack(early.candidates.splice(1));
  queue.release(early.fingerprints);
  equal(namesIn(taken(queue, 9)), "b1");
  equal(queue.size, 0);
});
