import { byTurns, type Figure, type Outcome, type Stage } from "../figure.ts";
import { load } from "../load.ts";
import { toWebhook } from "../relay_yaml.ts";

/** alarm_v2 answers after the vendor: signature, window, commit, delivery, verdict, answer. */
export const alarmV2: Figure = {
  name: "alarm_v2",
  title: "alarm_v2 round trip, p50, one connection",
  floor: "Hono + one commit + one fetch",
  unit: "ms",
  bound: { atMost: 2 },
  async measure({ programs, quick }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const relay = await programs.relay(toWebhook(sink.url));
    const floor = await programs.server("floor_round_trip", sink.url);
    const options = { kind: "alarm_v2", connections: 1, count: quick ? 200 : 600 } as const;
    return await byTurns(quick ? 3 : 5, {
      floor: async () => (await load(programs, floor, options)).p50,
      value: async () => (await load(programs, relay, options)).p50,
    });
  },
};
