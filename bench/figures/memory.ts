import type { Figure, Outcome, Stage } from "../figure.ts";
import { arrivedAt, load, resetSink } from "../load.ts";
import { residentBytes } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

const MIB = 2 ** 20;

/** The rest after the last delivery, in which V8 and the database become idle. */
const REST = 3_000;

/** The relay's resident memory after many distinct firing alerts were accepted and delivered. */
export const memory: Figure = {
  name: "memory",
  title: "resident memory after 200,000 alerts",
  floor: "after 20,000",
  unit: "MiB",
  bound: { atMost: 1.6 },
  async measure({ programs, quick, say }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const relay = await programs.relay(toWebhook(sink.url));
    const few = quick ? 5_000 : 20_000;
    const after = async (count: number): Promise<number> => {
      await resetSink(sink);
      await load(programs, relay, { kind: "different", count });
      await arrivedAt(sink, { count });
      await new Promise((resolve) => setTimeout(resolve, REST));
      return await residentBytes(relay) / MIB;
    };
    const floor = await after(few);
    say(`${Math.round(floor)} MiB after ${few} alerts`);
    const value = await after(9 * few);
    const note = quick ? `${10 * few} alerts beside ${few}` : "";
    return { kind: "ratio", value, floor, values: [value], floors: [floor], ...note ? { note } : {} };
  },
};
