import { edgeFleet, outcomeOf, pause, type Seen, sendOne } from "../edge/fleet.ts";
import { type Figure, median, type Stage } from "../figure.ts";
import { arrivedAt, load, perSecond, resetSink } from "../load.ts";

/** Accepting and delivering when the database is a round trip away. */
export const edgeSpeed: Figure = {
  name: "edge_speed",
  title: "speed at a distance from a shared database",
  floor: "Hono + JSON.parse + one atomic a batch, same database",
  unit: "",
  measure: async (stage) => {
    const seen = [...await accepting(stage), ...await lone(stage), ...await starting(stage)];
    return outcomeOf(seen.flatMap(({ seen }) => seen), seen[0]!.store);
  },
};

/** A measurement, and the store that it used. */
interface Part {
  readonly store: string;
  readonly seen: readonly Seen[];
}

/** The destination has answered 410: nothing is sent during the measurement. */
async function accepting({ programs, quick, say }: Stage): Promise<Part[]> {
  const sink = await programs.server("sink");
  await using fleet = await edgeFleet(`${sink.url}/gone`, { names: ["a", "b", "c"], others: ["floor"] });
  const { proxy, relays } = fleet;
  const [relay] = relays as [typeof relays[0]];
  const floor = await programs.server("floor_commit", proxy.urlOf("floor"));
  const time = quick ? { warmUp: 500, ms: 2_000 } : { warmUp: 1_000, ms: 4_000 };
  const rounds = quick ? 1 : 2;
  const seen: Seen[] = [];
  const rate = async (server: { url: string }, connections = 32): Promise<number> =>
    perSecond(await load(programs, running(server), { kind: "different", connections, ...time }));
  for (const [ms, atLeast] of [[10, 1_200], [30, 450]] as const) {
    say(`accepts at ${ms} ms`);
    proxy.latency({ ms });
    const values: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < rounds; round++) {
      floors.push(await rate(floor));
      values.push(await rate(relay));
    }
    const [value, low] = [median(values), median(floors)];
    const note = `floor ${Math.round(low)}, ratio ${(value / low).toFixed(2)}`;
    seen.push({ what: `accepts at ${ms} ms, 32 connections`, value, unit: "/s", must: { atLeast }, note });
  }
  proxy.latency({ ms: 10 });
  say("answers at 200/s");
  const steady = await load(programs, running(relay), { kind: "different", rate: 200, ...time });
  seen.push({
    what: "p99 of the answer at 10 ms, 200/s offered",
    value: steady.p99,
    unit: "ms",
    must: { atMost: 50 },
    note: `p50 ${Math.round(steady.p50)}`,
  });
  say("three beside one");
  const one = await rate(relay, 96);
  const three = await Promise.all(relays.map((relay) => rate(relay)));
  const sum = three.reduce((sum, rate) => sum + rate, 0);
  seen.push({
    what: "three instances beside one, 96 connections, at 10 ms",
    value: sum / one,
    unit: "×",
    must: { atLeast: 2.5 },
    note: `${Math.round(sum)} beside ${Math.round(one)}/s`,
  });
  return [{ store: proxy.store, seen }];
}

/** One alert alone, 10 ms from the database. */
async function lone({ programs, quick, say }: Stage): Promise<Part[]> {
  say("a lone alert");
  const sink = await programs.server("sink");
  await using fleet = await edgeFleet(sink.url, { others: ["floor"] });
  const { proxy, relays: [relay] } = fleet as typeof fleet & { relays: [{ url: string }] };
  proxy.latency({ ms: 10 });
  const floor = await programs.server("floor_commit", proxy.urlOf("floor"));
  const { p50 } = await load(programs, floor, { kind: "different", connections: 1, count: 20 });
  const note = `floor ${Math.round(p50)}: one round trip on this machine`;
  await sendOne(relay.url, "WarmUp");
  await arrivedAt(running(sink), { count: 1 });
  await pause(1_000);
  const answers: number[] = [];
  const deliveries: number[] = [];
  const requests: number[] = [];
  const known: number[] = [];
  for (let at = 0; at < (quick ? 3 : 7); at++) {
    await resetSink(running(sink));
    proxy.resetCounters();
    const sentAt = Date.now();
    answers.push((await sendOne(relay.url, `Lone${at}`)).ms);
    deliveries.push((await arrivedAt(running(sink), { count: 1 })).at - sentAt);
    await pause(700); // what is written after the delivery
    const { reads, writes } = proxy.counters("a");
    requests.push(reads + writes);
    known.push((await sendOne(relay.url, `Lone${at}`)).ms);
  }
  const seen = [
    { what: "a lone alert at 10 ms: answer", value: median(answers), unit: "ms", must: { atMost: 30 }, note },
    { what: "its repeat: answer", value: median(known), unit: "ms", must: { atMost: 20 } },
    { what: "its delivery after", value: median(deliveries), unit: "ms" },
    { what: "its requests to the database", value: median(requests), unit: "requests", must: { atMost: 6 } },
  ];
  return [{ store: proxy.store, seen }];
}

/** From the start of the process to the answer to its first alert. */
async function starting({ programs, quick, say }: Stage): Promise<Part[]> {
  say("cold starts");
  const sink = await programs.server("sink");
  await using fleet = await edgeFleet(`${sink.url}/gone`);
  const { proxy, relays: [relay] } = fleet as typeof fleet & { relays: [{ url: string }] };
  const seen: Seen[] = [];
  for (const [ms, atMost] of [[30, 350], [90, 600]] as const) {
    proxy.latency({ ms });
    const starts: number[] = [];
    const firsts: number[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      await fleet.end("a", "SIGTERM");
      const began = performance.now();
      await fleet.start("a");
      const listens = performance.now();
      starts.push(listens - began);
      // The relay may listen before it can store alerts: the first accepted alert counts.
      while ((await sendOne(relay.url, `Start${ms}-${round}`)).status !== 200) await pause(5);
      firsts.push(performance.now() - listens);
    }
    const [start, first] = [median(starts), median(firsts)];
    const note = `${Math.round(start)} + ${Math.round(first)}`;
    const what = `cold start to first answer at ${ms} ms`;
    seen.push({ what, value: start + first, unit: "ms", must: { atMost }, note });
  }
  return [{ store: proxy.store, seen }];
}

/** The relay in the format of the load generator. */
function running({ url }: { url: string }): Parameters<typeof load>[1] {
  return { url, pid: 0, stop: () => Promise.resolve() };
}
