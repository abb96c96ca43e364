import { startSink } from "../../simulator/sink.ts";
import { edgeFleet, outcomeOf, pause, type Seen, sendOne } from "../edge/fleet.ts";
import { type Figure, median, type Stage } from "../figure.ts";

/** The longest wait for a killed holder's lane, in milliseconds. */
const TAKEN_OVER_WITHIN = 90_000;

/** The effects on people when the database or an instance is gone. */
export const edgeLiveness: Figure = {
  name: "edge_liveness",
  title: "outages of a shared database and of an instance",
  floor: "none",
  unit: "",
  measure: async ({ say }: Stage) => {
    await using sink = await startSink();
    await using fleet = await edgeFleet(sink.url, { names: ["a", "b"] });
    const { proxy, relays } = fleet;
    const [a, b] = relays as [typeof relays[0], typeof relays[0]];
    const seen: Seen[] = [];
    await sendOne(a.url, "Before");
    await sink.arrived(1);

    for (const kind of ["hang", "5xx_before"] as const) {
      say(`an outage: ${kind}`);
      proxy.fault({ kind, seconds: 120 });
      const refusals: number[] = [];
      for (let at = 0; at < 3; at++) {
        const { status, ms } = await sendOne(a.url, `Refused${at}`);
        if (status === 200) throw new Error("Cannot measure: accepted without a database");
        refusals.push(ms);
      }
      proxy.heal();
      const healed = performance.now();
      while ((await sendOne(a.url, `Again-${kind}`)).status !== 200) await pause(50);
      const recovery = performance.now() - healed;
      const note = refusals.map((ms) => Math.round(ms)).join(", ");
      seen.push({
        what: `refusal, ${kind}`,
        value: median(refusals),
        unit: "ms",
        must: { atMost: 2_000 },
        note,
      });
      seen.push({
        what: `first 200 after the end of ${kind}`,
        value: recovery,
        unit: "ms",
        must: { atMost: 1_000 },
      });
    }

    say("a killed holder");
    await pause(5_000);
    sink.answer({ delayMs: 3_600_000, times: 1 }); // the holder is in the middle of a send
    const before = sink.requests.length;
    await sendOne(a.url, "Held");
    await sink.arrived(before + 1);
    await fleet.end("a", "SIGKILL");
    const killed = performance.now();
    await sendOne(b.url, "Next");
    const isTold = (): boolean => sink.requests.slice(before + 1).some(({ text }) => text.includes('"Next"'));
    while (!isTold() && performance.now() - killed < TAKEN_OVER_WITHIN) await pause(100);
    const takeover = isTold() ? performance.now() - killed : Infinity;
    seen.push({
      what: "a killed holder's lane is worked on after",
      value: takeover,
      unit: "ms",
      must: { atMost: 15_000 },
    });

    say("a stop in an outage");
    proxy.fault({ kind: "hang", seconds: 120 });
    void sendOne(b.url, "UnderWay", { within: 5_000 });
    await pause(500);
    const stop = await fleet.end("b", "SIGTERM");
    const note = stop > 8_000 ? "killed then" : undefined;
    seen.push({
      what: "stop while the database hangs",
      value: stop,
      unit: "ms",
      must: { atMost: 5_000 },
      note,
    });
    return outcomeOf(seen, proxy.store);
  },
};
