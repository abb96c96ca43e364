import { pluginNames } from "../../relay/channel/discovery.ts";
import { pluginFiles, pluginFolders, toFileUrl } from "./_files.ts";
import { fault, type Finding } from "../../simulator/channel/finding.ts";
import { gradeFiles } from "./_grade_files.ts";
import type { GradedFile } from "./_graded_file.ts";
import { print, type Task } from "../_task.ts";
import { ROOT } from "../_start_process.ts";

const HELP = `deno task channel check [FILE ...]

Grades channel plugins: types, definition, requests for hostile messages, verdicts on answers of any kind, the
fixtures. Nothing is sent. Without a file it grades all of channels/ and of the folder that FENGHUO_CHANNELS names.

A: nothing is wrong. B: warnings. F: faults; the exit code is then 1.`;

const task: Task<Record<never, never>> = {
  name: "deno task channel check",
  action: "check the channels",
  help: HELP,
  options: {},
  words: Infinity,
  async run({ positionals }): Promise<number> {
    const files = positionals.length > 0 ? positionals.map(toFileUrl) : pluginFiles();
    const [graded, types] = await Promise.all([gradeFiles(files), typeFaults(files)]);
    const all = graded.map((one) => ({
      ...one,
      findings: [...nameFaults(one.file), ...types.get(one.file) ?? [], ...one.findings],
    }));
    for (const one of all) print(report(one));
    return all.some(({ findings }) => findings.some(({ level }) => level === "fault")) ? 1 : 0;
  },
};
export default task;

/** A file's grade, and each finding with its cure. */
export function report({ file, title, findings }: GradedFile): string {
  const name = fileName(file);
  const lines = findings.map(({ level, problem, cure }) => `  ${level}: ${problem}\n    → ${cure}`);
  return [`${gradeOf(findings)}  ${name}${title === undefined ? "" : `  ${title}`}`, ...lines].join("\n");
}

function gradeOf(findings: readonly Finding[]): "A" | "B" | "F" {
  if (findings.length === 0) return "A";
  return findings.some(({ level }) => level === "fault") ? "F" : "B";
}

/** TypeScript's codes for unused code, which only this repository forbids. */
const UNUSED = ["6133", "6192", "6196", "6198"];

/** A relay does not load a plugin that has the name of a built-in channel. */
function nameFaults(file: string): Finding[] {
  const [builtIn] = pluginFolders();
  const name = fileName(file).replace(/\.ts$/, "");
  const isTaken = new URL(".", file).href !== builtIn!.href && pluginNames(builtIn!).includes(name);
  return isTaken
    ? [fault(`there is already a channel "${name}"`, "choose another name, of the file, too")]
    : [];
}

function fileName(file: string): string {
  return decodeURIComponent(file.split("/").at(-1)!);
}

/** TypeScript's most specific reason, or its first line if it gives none. */
function innermost(words: string, block: string): string {
  const reasons = block.split("\n").slice(0, -2); // then comes the line of the file, underlined
  return reasons.length === 0 ? words : reasons.slice(-3).map((line) => line.trim()).join(" ");
}

/** The findings of `deno check`, by file; an error in an imported module counts for the first file. */
async function typeFaults(files: readonly string[]): Promise<Map<string, Finding[]>> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--no-lock", `--config=${ROOT}deno.json`, ...files],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const found = new Map<string, Finding[]>();
  if (success) return found;
  const add = (file: string, words: string, cure: string): void => {
    const owner = files.includes(file) ? file : files[0]!;
    found.set(owner, [...found.get(owner) ?? [], fault(`types: ${words}`, cure)]);
  };
  const text = new TextDecoder().decode(stderr);
  const errors = [...text.matchAll(/^TS(\d+) \[ERROR\]: (.*)\n([^]*?)\n {4}at (\S+?):(\d+):\d+/gm)];
  for (const [, code, words, reasons, file, line] of errors) {
    if (UNUSED.includes(code!)) continue;
    const place = files.includes(file!) ? `line ${line}` : `${file!.split("/").at(-1)}:${line}`;
    add(
      file!,
      `${place}: ${innermost(words!, reasons!)}`,
      `correct the type: deno check shows the place (TS${code})`,
    );
  }
  if (errors.length === 0) { // it stopped before the types
    const [first = ""] = text.split("\n");
    const named = files.find((file) => text.includes(file)) ?? files[0]!;
    add(named, first.replace(/^error: /, ""), "correct the file: deno check shows the place");
  }
  return found;
}
