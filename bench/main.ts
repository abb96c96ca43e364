/**
 * `deno task bench`: each figure beside its floor, measured by turns in the same run on the same machine.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { withTimeout } from "../relay/base/timeout.ts";
import { accepts, duplicates } from "./figures/accepts.ts";
import { alarmV2 } from "./figures/alarm_v2.ts";
import { alertmanager } from "./figures/alertmanager.ts";
import { burst } from "./figures/burst.ts";
import { config } from "./figures/config.ts";
import { delivered } from "./figures/delivered.ts";
import { edgeCost } from "./figures/edge_cost.ts";
import { edgeLiveness } from "./figures/edge_liveness.ts";
import { edgeSpeed } from "./figures/edge_speed.ts";
import { latency } from "./figures/latency.ts";
import { memory } from "./figures/memory.ts";
import { pages } from "./figures/pages.ts";
import { start } from "./figures/start.ts";
import { stored } from "./figures/stored.ts";
import type { Figure } from "./figure.ts";
import { Programs } from "./programs.ts";
import { isGood, jsonOf, type Measured, tableOf } from "./report.ts";

const FIGURES: readonly Figure[] = [
  accepts,
  duplicates,
  delivered,
  alarmV2,
  latency,
  start,
  stored,
  memory,
  pages,
  config,
  burst,
  alertmanager,
];

/** Measured only on request, all of them as `edge`: relays on a shared database, with the faults of a network. */
const EDGE: readonly Figure[] = [edgeSpeed, edgeCost, edgeLiveness];

const ALL = [...FIGURES, ...EDGE];

const HELP = `deno task bench [--quick] [--json] [figure …]

Measures each figure beside its floor and prints a table; --json prints JSON instead. Ends with 1 when a figure is
short. --quick takes fewer rounds and smaller numbers: good for a look, not for a claim.

Figures:
${ALL.map(({ name, title, floor }) => `  ${name.padEnd(14)}${title}; floor: ${floor}`).join("\n")}

"edge" are the last three, which are not measured unless they are named: relays that share a denokv server (see deno task
fleet --help), some milliseconds away from it.`;

/** The time limit of a figure, in milliseconds. */
const LONGEST = 300_000;

await main(Deno.args);

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  const all: Measured[] = [];
  for (const figure of options.figures) all.push(await measure(figure, options.quick));
  print(options.json ? jsonOf(all, machineOf(options.quick)) : `\n${tableOf(all)}`);
  if (!all.every(isGood)) Deno.exitCode = 1;
}

async function measure(figure: Figure, quick: boolean): Promise<Measured> {
  const say = (words: string): void => progress(`${figure.name}: ${words}`);
  say("…");
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 100) / 10;
  await using programs = new Programs();
  const interrupt = (): void => {
    void programs[Symbol.asyncDispose]().finally(() => Deno.exit(130));
  };
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    const outcome = await withTimeout(figure.measure({ programs, quick, say }), LONGEST, () => {
      throw new Error(`Cannot measure: not done in ${LONGEST / 1_000} s`);
    });
    const measured: Measured = { figure, outcome, seconds: seconds() };
    say(`${isGood(measured) ? "ok" : "SHORT"} after ${measured.seconds} s`);
    return measured;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    say(because);
    return { figure, outcome: { kind: "failed", because }, seconds: seconds() };
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
}

/** `undefined` when there is nothing to measure. */
function readOptions(
  args: string[],
): { figures: readonly Figure[]; quick: boolean; json: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return void print(HELP);
    const names = positionals.flatMap((name) => name === "edge" ? EDGE.map(({ name }) => name) : name);
    const unknown = names.filter((name) => !ALL.some((figure) => figure.name === name));
    if (unknown.length > 0) {
      throw new Error(
        `there is no figure "${unknown[0]}"; there are ${ALL.map(({ name }) => name).join(", ")}`,
      );
    }
    const figures = names.length === 0 ? FIGURES : ALL.filter(({ name }) => names.includes(name));
    return { figures, quick: values.quick, json: values.json };
  } catch (error) {
    progress(`Cannot start the bench: ${error instanceof Error ? error.message : error}`);
    Deno.exitCode = 1;
  }
}

/** The machine's properties that affect the figures. */
function machineOf(quick: boolean): Record<string, unknown> {
  return {
    at: new Date().toISOString(),
    deno: Deno.version.deno,
    os: Deno.build.os,
    arch: Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    quick,
  };
}

function print(text: string): void {
  // deno-lint-ignore no-console -- to print is what a task is for
  console.log(text);
}

/** Writes to standard error, so that the output is the result alone. */
function progress(text: string): void {
  // deno-lint-ignore no-console -- to print is what a task is for
  console.error(text);
}
