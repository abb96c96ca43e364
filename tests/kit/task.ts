import { inherited, ROOT } from "./process.ts";

/** The end of a task, and its output. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a task of `deno.json` as a process, in a folder of its own. */
export async function runTask(
  task: string,
  args: readonly string[],
  { folder, env = {} }: { folder: string; env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [, verb, ...rest] = (tasks[task].command as string).split(" ");
  const script = rest.pop();
  const output = await new Deno.Command(Deno.execPath(), {
    args: [verb!, ...rest, `--config=${ROOT}deno.json`, `${ROOT}${script}`, ...args],
    cwd: folder,
    stdin: "null",
    clearEnv: true,
    env: { ...inherited(), ...env },
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout: stdout!, stderr: stderr!.replace(/^Warning .*\n/gm, "") };
}
