/**
 * Watch a second folder of plugins for exits of the process, prints, blocking calls, and timers that are left
 * running.
 *
 * @module
 */
import type { ChannelFaults } from "./channel_faults.ts";
import { forbidExit } from "./forbidden_exit.ts";
import { LoopWatch } from "./loop_watch.ts";
import { watchTimers } from "./open_timers.ts";
import { redactPrints } from "./plugin_prints.ts";

/** The dependencies of {@linkcode watchPlugins}. */
export interface PluginWatchOptions {
  readonly faults: ChannelFaults;
  readonly report: (words: string) => void;
  /** Every secret; `undefined` until they are read. */
  readonly secrets: () => readonly string[] | undefined;
}

/** Watch the plugins of a folder from now on. */
export function watchPlugins(
  folder: URL,
  { faults, report, secrets }: PluginWatchOptions,
): { readonly timersLeft: () => string[]; readonly loop: LoopWatch } {
  forbidExit([folder]);
  redactPrints({ folders: [folder], report, secrets });
  return { loop: new LoopWatch(faults), timersLeft: watchTimers([folder]) };
}
