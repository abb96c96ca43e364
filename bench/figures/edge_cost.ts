import { edgeFleet, outcomeOf, pause, type Seen } from "../edge/fleet.ts";
import type { Figure, Stage } from "../figure.ts";
import { arrivedAt, load } from "../load.ts";

/** The requests of an idle instance to a shared database. */
export const edgeCost: Figure = {
  name: "edge_cost",
  title: "requests of an idle instance to a shared database",
  floor: "none",
  unit: "",
  measure: async ({ programs, quick, say }: Stage) => {
    const sink = await programs.server("sink");
    await using fleet = await edgeFleet(sink.url);
    const { proxy, relays } = fleet;
    const relay = { url: relays[0]!.url, pid: 0, stop: () => Promise.resolve() };
    const seen: Seen[] = [];
    /** From one minute's cleanup to the next. */
    const idle = async (what: string, requests: number, entries: number): Promise<void> => {
      say(what);
      await pause(10_000); // what was under way
      proxy.resetCounters();
      await pause(60_000);
      const { reads, writes, entries: read, watches, metadata } = proxy.counters();
      const note = `${reads} reads, ${writes} writes, ${watches} watches, ${metadata} metadata`;
      seen.push({
        what: `${what}: requests a minute`,
        value: reads + writes,
        unit: "",
        must: { atMost: requests },
        note,
      });
      seen.push({ what: `${what}: entries read a minute`, value: read, unit: "", must: { atMost: entries } });
    };
    await pause(50_000); // the first minute looks for what earlier instances have left
    await idle("idle", 3, 500);
    const count = quick ? 300 : 3_000;
    say(`${count} open incidents`);
    await load(programs, relay, { kind: "different", count, connections: 32 });
    await arrivedAt({ ...relay, url: sink.url }, { count });
    await idle(`idle with ${count} open incidents`, 6, 500);
    return outcomeOf(seen, proxy.store);
  },
};
