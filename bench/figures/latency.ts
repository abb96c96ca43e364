import { byTurns, type Figure, type Outcome, quantile, type Stage } from "../figure.ts";
import { arrivedAt, load, resetSink } from "../load.ts";
import type { Running } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

/** The time of an alert from its sender to the sink on a relay with little load. */
export const latency: Figure = {
  name: "latency",
  title: "sender → sink, p99, at 500 alerts/s",
  floor: "a queue in memory behind one group commit",
  unit: "ms",
  bound: { atMost: 2.5 },
  async measure({ programs, quick }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const relay = await programs.relay(toWebhook(sink.url));
    const floor = await programs.server("floor_queue", sink.url);
    const count = quick ? 1_000 : 3_000;
    const p99 = async (server: Running): Promise<number> => {
      await resetSink(sink);
      await load(programs, server, { kind: "stamped", count, rate: 500 });
      const { delays } = await arrivedAt(sink, { count });
      return quantile(delays, 0.99);
    };
    return await byTurns(quick ? 2 : 3, { floor: () => p99(floor), value: () => p99(relay) });
  },
};
