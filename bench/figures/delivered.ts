import { byTurns, type Figure, type Outcome, type Stage } from "../figure.ts";
import { arrivedAt, load, resetSink } from "../load.ts";
import type { Running } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

/** From the first post to the arrival of the last alert at the sink, accepting and delivering at the same time. */
export const delivered: Figure = {
  name: "delivered",
  title: "delivered end to end, while accepting",
  floor: "Hono that parses and awaits one fetch, nothing stored",
  unit: "/s",
  bound: { atLeast: 0.35 },
  async measure({ programs, quick }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const relay = await programs.relay(toWebhook(sink.url));
    const floor = await programs.server("floor_forward", sink.url);
    const count = quick ? 5_000 : 15_000;
    const rate = async (server: Running): Promise<number> => {
      await resetSink(sink);
      const { startedAt } = await load(programs, server, { kind: "different", count });
      const { at } = await arrivedAt(sink, { count });
      return count / (at - startedAt) * 1_000;
    };
    return await byTurns(quick ? 2 : 4, { floor: () => rate(floor), value: () => rate(relay) });
  },
};
