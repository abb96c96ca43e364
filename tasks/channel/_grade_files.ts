import { withTimeout } from "../../relay/base/timeout.ts";
import { fault } from "../../simulator/channel/finding.ts";
import { ROOT } from "../_start_process.ts";
import { type GradedFile, type GradingLine, LINE } from "./_graded_file.ts";

/** The longest silence of the process, in milliseconds; after it, a function of a plugin counts as endless. */
const SILENCE = 5_000;

/** The same for a start, and for loading a plugin with its libraries. */
const LOADING = 10_000;

const STARTING = "starting";

/** The marker between the end of a file and the begin of the next one. */
const BETWEEN = "between two files";

/**
 * Grade plugin files, given as `file:` URLs, one after another in a process; a plugin that hangs, or leaves a timer,
 * ends it.
 */
export async function gradeFiles(files: readonly string[]): Promise<GradedFile[]> {
  const graded: GradedFile[] = [];
  while (graded.length < files.length) {
    const left = files.slice(graded.length);
    graded.push(...await gradeInOneProcess(left));
  }
  return graded;
}

/** @returns the grades of at least the first file */
async function gradeInOneProcess(files: readonly string[]): Promise<GradedFile[]> {
  await using child = startProcess(files);
  const graded: GradedFile[] = [];
  let running = STARTING;
  const lines = linesOf(child.stdout);
  while (graded.length < files.length) {
    const patience = [STARTING, "loading"].includes(running) ? LOADING : SILENCE;
    const next = await withTimeout(lines.next(), patience, () => "silent" as const);
    if (next === "silent" || next.done) {
      if (running === STARTING) {
        throw new Error(`the grading process does not start: ${await child.complaint()}`);
      }
      if (running === BETWEEN) return graded;
      const problem = next === "silent"
        ? `${running}: it does not return, and holds the whole relay`
        : `${running}: it ends the process${lastWords(await child.complaint())}`;
      const cure = next === "silent"
        ? "look for a loop without an end, or a regular expression that backtracks"
        : "throw nothing outside of a function, and never call Deno.exit";
      return [...graded, { file: files[graded.length]!, findings: [fault(problem, cure)] }];
    }
    const line = JSON.parse(next.value) as GradingLine;
    if ("running" in line) running = line.running;
    else {
      graded.push(line);
      running = BETWEEN;
    }
  }
  return graded;
}

function startProcess(
  files: readonly string[],
): Deno.ChildProcess & AsyncDisposable & { complaint(): Promise<string> } {
  const process = new URL("_grade_process.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock", // a plugin may import what the relay's lock file does not have
      `--config=${ROOT}deno.json`,
      "--allow-read",
      "--allow-env", // the libraries of some channels ask for variables; there are none
      "--allow-sys=hostname",
      process,
      ...files,
    ],
    clearEnv: true,
    env: { ...moduleCache(), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  return Object.assign(child, {
    complaint: () => stderr,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.stdout.cancel().catch(() => {});
      await Promise.all([child.status, stderr]);
    },
  });
}

/** The error with which a process ended, after a colon; nothing if it ended by itself. */
function lastWords(complaint: string): string {
  const [, words] = /^error: (?:Uncaught (?:\(in promise\) )?)?(.*)/m.exec(complaint) ?? [];
  return words === undefined ? "" : `: ${words}`;
}

/** The folder in which Deno caches loaded modules. */
function moduleCache(): Record<string, string> {
  const names = ["DENO_DIR", "HOME", "XDG_CACHE_HOME", "NPM_CONFIG_REGISTRY"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** The lines of the grading process itself. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const start = line.lastIndexOf(LINE); // what a plugin printed may stand before it
      if (start >= 0) yield line.slice(start + LINE.length);
    }
  }
}
