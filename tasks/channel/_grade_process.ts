/**
 * Grades the plugin files that are its arguments, in a process of its own: a plugin may hang, and must reach
 * neither the network nor the environment. It prints {@linkcode GradingLine}s.
 *
 * @module
 */
import { type Channel, sameSecret } from "../../relay/channel.ts";
import { problemOf } from "../../relay/channel/definition.ts";
import { watchTimers } from "../../relay/channel/open_timers.ts";
import { withTimeout } from "../../relay/base/timeout.ts";
import { distinct, fault, type Finding } from "../../simulator/channel/finding.ts";
import { grade } from "../../simulator/channel/grade.ts";
import { type GradedFile, type GradingLine, LINE } from "./_graded_file.ts";
import { trapped } from "../../simulator/channel/traps.ts";

/** The longest load time of a plugin here, in milliseconds: less than at a start. */
const LOAD_MS = 3_000;

/** Calls that the plugin's own code must not make. */
const forbidden: Finding[] = [];

sameSecret("", ""); // its first call reads NODE_OPTIONS, which is not the plugin's doing

const { get } = Deno.env;
Deno.env.get = (name) => {
  if (isPlugin(new Error().stack)) {
    forbidden.push(fault(
      `it reads ${name} from the environment, which it cannot see once the relay runs`,
      "make it a field of the config: fenghuo.yaml takes ${NAME} from the environment",
    ));
  }
  return get.call(Deno.env, name);
};

const timersLeft = watchTimers(Deno.args.map((file) => new URL(".", file)));

const { setInterval } = globalThis;
globalThis.setInterval = ((run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
  if (isPlugin(new Error().stack)) {
    forbidden.push(fault(
      "it sets an interval, which would keep the relay's process from ending",
      "leave it out: a channel is asked when there is a message, and tools.cache keeps what lasts",
    ));
  }
  return setInterval(run, ms, ...args);
}) as typeof setInterval;

const { stringify } = JSON; // as it was before a plugin could replace it
const { stdout } = Deno;

for (const file of Deno.args) {
  print(await gradeFile(file));
  if (timersLeft().length > 0) break; // their errors would be findings of the next plugin, which gets another process
}
Deno.exit(); // without waiting for a plugin's timers

async function gradeFile(file: string): Promise<GradedFile> {
  print({ running: "loading" });
  let exported: unknown;
  const loading = await trapped(async () => {
    try {
      const module: Promise<{ default?: unknown }> = import(file);
      exported = (await withTimeout(module, LOAD_MS, tooLong)).default;
      return [];
    } catch (error) {
      return [fault(`it cannot be loaded: ${wordsOf(error)}`, "correct the file; deno check shows where")];
    }
  });
  if (loading.some(({ problem }) => problem.startsWith("it cannot be loaded"))) {
    return { file, findings: loading };
  }
  const problem = problemOf(exported, nameOf(file));
  if (problem !== undefined) {
    return {
      file,
      findings: [
        ...loading,
        fault(problem, "correct the definition: relay/channel/channel.ts describes each field"),
      ],
    };
  }
  const channel = exported as Channel;
  const findings = await grade(channel, (running) => print({ running }));
  return {
    file,
    title: channel.title,
    findings: [...loading, ...findings, ...distinct(forbidden.splice(0))],
  };
}

/** Whether the first caller outside of Deno is a file, and not a library. */
function isPlugin(stack = ""): boolean {
  const [, , ...frames] = stack.split("\n"); // the error's words, and this file
  const caller = frames.find((frame) => !/\b(ext|node):/.test(frame)) ?? "";
  return caller.includes("file:") && !/\/(npm|node_modules)\//.test(caller);
}

function tooLong(): never {
  throw new Error("its top level does not end");
}

function nameOf(file: string): string {
  return decodeURIComponent(file.split("/").at(-1)!.replace(/\.ts$/, ""));
}

/** Synchronous: a line must be written before the call that it names can hang. */
function print(line: GradingLine): void {
  const bytes = new TextEncoder().encode(`${LINE}${stringify(line)}\n`);
  for (let done = 0; done < bytes.length;) done += stdout.writeSync(bytes.subarray(done));
}

function wordsOf(error: unknown): string {
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return first;
}
