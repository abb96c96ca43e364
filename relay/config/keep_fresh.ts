import type { Clock } from "../base/clock.ts";
import type { LiveConfig } from "./live.ts";

/** How often an instance checks whether another one has changed the configuration. */
const REFRESH_EVERY = 3_000;

/** Applies the changes of other instances within some seconds. @returns the function that stops it */
export function keepFresh(
  configuration: LiveConfig,
  { clock, report }: { clock: Clock; report: (words: string) => void },
): () => void {
  let cancel: () => void;
  const next = (): void => {
    cancel = clock.at(clock.now() + REFRESH_EVERY, () => {
      configuration.refresh().catch((error) => report(String(error)));
      next();
    });
  };
  next();
  return () => cancel();
}
