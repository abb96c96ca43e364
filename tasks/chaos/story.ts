/**
 * The report of a broken promise, for the search for its cause.
 *
 * @module
 */
import type { FleetRelay } from "../_fleet.ts";
import type { Broken } from "./audit.ts";
import { storyAt } from "./records.ts";
import type { Intervention } from "./stage.ts";

/** The number of lines of a relay's output that are shown. */
const LINES = 10;

/** The time before a broken promise, and after it, in which faults are shown: milliseconds. */
const BEFORE = 15_000;
const AFTER = 30_000;

/** @returns lines: the alert's traces, the faults around that time, and the relays' last output */
export async function storyOf(
  { alert, at }: Broken,
  { relays, interventions, began }: {
    relays: readonly FleetRelay[];
    interventions: readonly Intervention[];
    began: number;
  },
): Promise<string[]> {
  const seconds = (time: number): string => `${((time - began) / 1_000).toFixed(1)} s`;
  const about = at === undefined
    ? interventions
    : interventions.filter(({ from, to }) => to >= at - BEFORE && from <= at + AFTER);
  return [
    ...alert === undefined ? [] : ["Why, as the relay tells it:", "", ...await storyAt(relays[0]!, alert)],
    `Around that time${at === undefined ? "" : ` (${seconds(at)} after the start)`}:`,
    ...about.map(({ from, words }) => `${seconds(from).padStart(8)}  ${words}`),
    "",
    ...relays.flatMap(({ name, output }) => [`The last lines of ${name}:`, ...lastLines(output), ""]),
  ];
}

/** The last lines, without those that Deno's own client repeats several times a second. */
function lastLines(output: string): string[] {
  return output.trimEnd().split("\n").filter((line) => !line.startsWith("KV Connect failed")).slice(-LINES);
}
