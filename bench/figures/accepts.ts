import { byTurns, type Figure, type Outcome, type Stage } from "../figure.ts";
import { load, perSecond } from "../load.ts";
import type { LoadOptions } from "../programs/load.ts";
import { toWebhook } from "../relay_yaml.ts";

/** Durable accepts of distinct alerts: each has its record, its window and its place in a lane. */
export const accepts: Figure = {
  name: "accepts",
  title: "durable accepts, all different",
  floor: "Hono + JSON.parse + one set, group-committed",
  unit: "/s",
  bound: { atLeast: 0.5 },
  measure: (stage) => accepting(stage, "different"),
};

/** The same alert again and again: each is logged and counted before its answer. */
export const duplicates: Figure = {
  name: "duplicates",
  title: "durable duplicates",
  floor: "Hono + JSON.parse + one set, group-committed",
  unit: "/s",
  bound: { atLeast: 0.6 },
  measure: (stage) => accepting(stage, "same"),
};

/**
 * The destination has answered 410, so its lane is paused: accepted alerts are queued for it, and nothing is sent
 * during the measurement.
 */
async function accepting({ programs, quick }: Stage, kind: LoadOptions["kind"]): Promise<Outcome> {
  const sink = await programs.server("sink");
  const relay = await programs.relay(toWebhook(`${sink.url}/gone`));
  const floor = await programs.server("floor_commit");
  const time = quick ? { warmUp: 200, ms: 1_000 } : { warmUp: 500, ms: 3_000 };
  return await byTurns(quick ? 3 : 5, {
    floor: async () => perSecond(await load(programs, floor, { kind, ...time })),
    value: async () => perSecond(await load(programs, relay, { kind, ...time })),
  });
}
