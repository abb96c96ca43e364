import { byTurns, type Figure, type Outcome, type Stage } from "../figure.ts";
import { load } from "../load.ts";
import type { Running } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

/** From the start of the process to the answer to its first alert, which is then on disk. */
export const start: Figure = {
  name: "start",
  title: "start → first answered alert",
  floor: "Hono + zod + openKv + one set",
  unit: "ms",
  bound: { atMost: 2.5 },
  async measure({ programs, quick }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const first = async (start: () => Promise<Running>): Promise<number> => {
      const begun = performance.now();
      const server = await start();
      const listening = performance.now();
      const { p50 } = await load(programs, server, { kind: "different", connections: 1, count: 1 });
      await server.stop();
      return listening - begun + p50; // the load generator's own start does not count
    };
    return await byTurns(quick ? 3 : 7, {
      floor: () => first(() => programs.server("floor_start")),
      value: () => first(() => programs.relay(toWebhook(`${sink.url}/gone`))),
    });
  },
};
