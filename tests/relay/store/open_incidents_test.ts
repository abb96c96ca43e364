import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { Database } from "../../../relay/store/database.ts";
import { openIncidentsKey } from "../../../relay/store/keys.ts";
import { openIn, OpenIncidents, openKeys } from "../../../relay/store/open_incidents.ts";
import { alertId } from "../../../relay/domain/record.ts";
import { encodeTime } from "../../../relay/base/ulid.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { incident } from "../../kit/domain.ts";

/** The id of a log page: the `number`-th. */
const pageId = (number: number): string => `${encodeTime(number)}${"0".repeat(16)}`;

function incidentAt(page: number, place: number, count = 1): Incident {
  return incident({ id: alertId(pageId(page), place), at: page, title: "磁盘已满", count });
}

async function read(kv: Deno.Kv, id: string): Promise<Incident | undefined> {
  const [own, page] = await kv.getMany<unknown[]>(openKeys(id));
  return openIn(id, { own: own!.value, page: page!.value });
}

async function keysIn(kv: Deno.Kv): Promise<string[]> {
  return (await Array.fromAsync(kv.list({ prefix: openIncidentsKey() }))).map(({ key }) => key[2] as string);
}

async function write(
  kv: Deno.Kv,
  open: OpenIncidents,
  change: Partial<Parameters<OpenIncidents["write"]>[1]>,
): Promise<void> {
  const atomic = kv.atomic();
  const landed = open.write(atomic, { opened: [], changed: [], over: [], ...change });
  equal((await atomic.commit()).ok, true);
  landed();
}

Deno.test("what one log page opens is one value; several writers have one for each, and so does a page too large", async () => {
  using kv = await Deno.openKv(":memory:");
  const alone = new OpenIncidents(new Database(kv, { deadline: 5_000 }), { paged: true });
  await write(kv, alone, { opened: [incidentAt(1, 0), incidentAt(1, 1), incidentAt(2, 0)] });
  equal(await keysIn(kv), [pageId(1), alertId(pageId(2), 0)]);
  const large = Array.from({ length: 300 }, (_, place) => incidentAt(3, place));
  await write(kv, alone, { opened: large });
  equal((await keysIn(kv)).length, 302);
  using others = await Deno.openKv(":memory:");
  await write(others, new OpenIncidents(new Database(others, { deadline: 5_000 }), { paged: false }), {
    opened: [incidentAt(1, 0), incidentAt(1, 1)],
  });
  equal(await keysIn(others), [alertId(pageId(1), 0), alertId(pageId(1), 1)]);
});

Deno.test("when all of a page are over, the page and what stands behind it are swept, also after a crash before", async () => {
  using kv = await Deno.openKv(":memory:");
  const open = new OpenIncidents(new Database(kv, { deadline: 5_000 }), { paged: true });
  const [a, b] = [incidentAt(1, 0), incidentAt(1, 1)];
  await write(kv, open, { opened: [a, b, incidentAt(2, 0), incidentAt(2, 1)] });
  await write(kv, open, { changed: [{ ...b, count: 2 }] });
  await write(kv, open, { over: [a.id] });
  await open.sweep();
  equal(await keysIn(kv), [pageId(1), a.id, b.id, pageId(2)]);
  await write(kv, open, { over: [b.id] });
  const again = new OpenIncidents(new Database(kv, { deadline: 5_000 }), { paged: true });
  equal((await Array.fromAsync(again.load())).map(({ id }) => id), [
    incidentAt(2, 0).id,
    incidentAt(2, 1).id,
  ]);
  await again.sweep();
  equal(await keysIn(kv), [pageId(2)]);
});

Deno.test("whatever is opened, changed, over, swept and loaded anew, one sees exactly what is open, the newest first", async () => {
  const step = fc.record({
    opens: fc.integer({ min: 0, max: 4 }),
    changes: fc.array(fc.nat(), { maxLength: 3 }),
    over: fc.array(fc.nat(), { maxLength: 4 }),
    sweeps: fc.boolean(),
    restarts: fc.boolean(),
    before: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.boolean(), async (steps, paged) => {
      using kv = await Deno.openKv(":memory:");
      let open = new OpenIncidents(new Database(kv, { deadline: 5_000 }), { paged });
      const expected = new Map<string, Incident>();
      const gone = new Set<string>();
      for (const [page, { opens, changes, over, sweeps, restarts, before }] of steps.entries()) {
        const some = (numbers: readonly number[]): string[] => {
          const ids = [...expected.keys()];
          return ids.length === 0 ? [] : [...new Set(numbers.map((number) => ids[number % ids.length]!))];
        };
        const ended = some(over);
        const changed = some(changes).filter((id) => !ended.includes(id))
          .map((id) => ({ ...expected.get(id)!, count: expected.get(id)!.count + 1 }));
        const opened = Array.from({ length: opens }, (_, place) => incidentAt(page, 3 * place));
        await write(kv, open, { opened, changed, over: ended });
        for (const one of [...opened, ...changed]) expected.set(one.id, one);
        for (const id of ended) {
          expected.delete(id);
          gone.add(id);
        }
        if (sweeps) await open.sweep();
        if (restarts) {
          open = new OpenIncidents(new Database(kv, { deadline: 5_000 }), { paged });
          const loaded = await Array.fromAsync(open.load());
          equal(loaded.map(({ id }) => id).sort(), [...expected.keys()].sort());
        }
        const newest = [...expected.values()].sort((a, b) => a.id < b.id ? 1 : -1);
        equal(await Array.fromAsync(open.newest()), newest);
        const place = newest[before % Math.max(1, newest.length)];
        if (place) {
          equal(await Array.fromAsync(open.newest(place.id)), newest.filter(({ id }) => id < place.id));
        }
        for (const [id, one] of expected) equal(await read(kv, id), one);
        for (const id of gone) equal(await read(kv, id), undefined);
      }
      await write(kv, open, { over: [...expected.keys()] });
      await open.sweep();
      equal(await keysIn(kv), []);
    }),
    { numRuns: 100 },
  );
});
