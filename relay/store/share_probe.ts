import type { Clock } from "../base/clock.ts";

/** The time that the result of a probe is shared, in milliseconds: `/readyz` is public. */
const PROBE_EVERY = 1_000;

/** Share the result of a probe for a while. */
export function shareProbe(probe: () => Promise<void>, clock: Pick<Clock, "now">): () => Promise<void> {
  let last: { readonly at: number; readonly result: Promise<void> } | undefined;
  return () => {
    const at = clock.now();
    if (last === undefined || Math.abs(at - last.at) >= PROBE_EVERY) last = { at, result: probe() };
    return last.result;
  };
}
