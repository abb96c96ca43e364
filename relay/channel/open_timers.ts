/**
 * Finds timers that external plugins never clear: they keep the process from ending.
 *
 * @module
 */
import { placeIn } from "./error_origin.ts";

type Start = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => unknown;
type Clear = (id?: unknown) => void;

/** The global functions for timers, which a plugin looks up when it calls them. */
type Timers = Record<"setTimeout" | "setInterval", Start> & Record<"clearTimeout" | "clearInterval", Clear>;

/**
 * Watches the timers that code of these folders sets from now on.
 *
 * @returns the positions in these files at which the timers that are still running were set, such as `gotify.ts:3:1`
 */
export function watchTimers(folders: readonly URL[]): () => string[] {
  const timers = globalThis as unknown as Timers;
  const open = new Map<unknown, string>();
  for (const name of ["setTimeout", "setInterval"] as const) {
    const usual = timers[name];
    timers[name] = (run, ms, ...args): unknown => {
      const place = placeIn(folders, new Error().stack ?? "");
      if (place === undefined) return usual(run, ms, ...args);
      const id = usual(() => {
        if (name === "setTimeout") open.delete(id);
        run(...args);
      }, ms);
      open.set(id, place);
      return id;
    };
  }
  for (const name of ["clearTimeout", "clearInterval"] as const) {
    const usual = timers[name];
    timers[name] = (id): void => {
      open.delete(id);
      usual(id);
    };
  }
  return () => [...new Set(open.values())];
}
