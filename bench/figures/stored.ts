import { byTurns, type Figure, type Outcome, type Stage } from "../figure.ts";
import { load, perSecond } from "../load.ts";
import type { RunningRelay } from "../programs.ts";
import { toWebhook } from "../relay_yaml.ts";

/**
 * The cost of an accepted alert when many are stored. They are stored in bulk; the cost is measured at the HTTP door.
 */
export const stored: Figure = {
  name: "stored",
  title: "cost per accept with 1,000,000 stored",
  floor: "with 10,000 stored",
  unit: "µs",
  bound: { atMost: 1.2 },
  async measure({ programs, quick, say }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const yaml = toWebhook(`${sink.url}/gone`);
    const many = quick ? 100_000 : 1_000_000;
    const filled = async (alerts: number): Promise<RunningRelay> => {
      const folder = await programs.folder();
      const began = performance.now();
      await programs.run("fill", { folder, yaml, alerts });
      const full = performance.now();
      const relay = await programs.relay(yaml, { folder });
      const [fill, start] = [full - began, performance.now() - full].map((ms) => (ms / 1_000).toFixed(1));
      say(`${alerts.toLocaleString("en")} stored in ${fill} s; the relay starts with them in ${start} s`);
      return relay;
    };
    const time = quick ? { warmUp: 200, ms: 1_000 } : { warmUp: 500, ms: 2_000 };
    const cost = async (relay: RunningRelay): Promise<number> =>
      1e6 / perSecond(await load(programs, relay, { kind: "different", ...time }));
    const few = await filled(10_000);
    const lots = await filled(many);
    const outcome = await byTurns(quick ? 3 : 5, { floor: () => cost(few), value: () => cost(lots) });
    return quick ? { ...outcome, note: `${many.toLocaleString("en")} stored beside 10,000` } : outcome;
  },
};
