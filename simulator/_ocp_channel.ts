/**
 * Run the script of a channel and check its output, as OCP does.
 *
 * Source: OCP's manual, "Manage alert channels" and "Create a script channel" (4.2), and its error table (ALM4000x).
 *
 * @module
 */

/** A channel of the type script, as it is entered in OCP's console. */
export interface ScriptChannel {
  /** The script; its last part is the "file name". */
  readonly path: string;
  /** "Response 校验信息". Default `{}`, which accepts every answer. */
  readonly validation?: string;
  /** Milliseconds; default 10,000: `ocp.alarm.send.once-timeout-ms`. */
  readonly timeout?: number;
  /** The `PATH` of OCP's node, in which `env` finds bash and python. */
  readonly searchPath?: string;
}

/** The outcome of a send. */
export interface ScriptRun {
  /** Whether OCP considers the message sent; otherwise it retries. */
  readonly sent: boolean;
  /** The reason for a failure. */
  readonly because: string;
  /** The text that OCP compared: stderr, or stdout when that is empty. */
  readonly response: string;
  readonly stdout: string;
  readonly stderr: string;
  /** `null` after a timeout. */
  readonly code: number | null;
}

/** ALM40011 allows only these programs; python3 is not among them. */
const PROGRAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ["python", ["/usr/bin/env", "python"]],
  ["bash", ["/usr/bin/env", "bash"]],
  ["sh", ["/usr/bin/env", "sh"]],
  ["/bin/bash", ["/bin/bash"]],
  ["/bin/sh", ["/bin/sh"]],
  ["/usr/bin/python", ["/usr/bin/python"]],
  ["/usr/bin/bash", ["/usr/bin/bash"]],
  ["/usr/bin/env python", ["/usr/bin/env", "python"]],
  ["/usr/bin/env bash", ["/usr/bin/env", "bash"]],
]);

/** Run a channel's script for a message. `variables` are those of the template: {@linkcode TEST_VARIABLES} is the test. */
export async function runScriptChannel(
  { path, validation = "{}", timeout = 10_000, searchPath = "/usr/bin:/bin" }: ScriptChannel,
  variables: Readonly<Record<string, string>>,
): Promise<ScriptRun> {
  const program = programOf(path, await Deno.readTextFile(path));
  if (typeof program === "string") return failed(program);
  const signal = AbortSignal.timeout(timeout);
  const child = new Deno.Command(program[0]!, {
    args: [...program.slice(1), path],
    clearEnv: true,
    env: { PATH: searchPath, LC_ALL: "C", ...variables },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const { code, stdout: out, stderr: err } = await child.output();
  const [stdout, stderr] = [out, err].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  if (signal.aborted) return { ...failed(`no answer within ${timeout} ms`), stdout, stderr };
  const response = stderr === "" ? stdout : stderr;
  const sent = isValid(response, validation);
  return { sent, because: sent ? "" : "the response is not as configured", response, stdout, stderr, code };
}

/** The input of a script in OCP's "send test message" before version 3.3.4: the message, and no variables. */
export const TEST_VARIABLES: Readonly<Record<string, string>> = {
  message: "OCP 告警通道测试消息 ${alarm_name}\n- 级别：${alarm_level}\n- 告警对象：${alarm_target}",
};

/** The interpreter of a script; a text is the error of OCP's console. */
function programOf(path: string, script: string): readonly string[] | string {
  const name = path.split("/").at(-1)!;
  if (!/^[A-Za-z0-9._]+$/.test(name)) {
    return `ALM40013: the file name ${name} has other than letters, digits, . and _`;
  }
  if (script.trim() === "") return "ALM40009: the script is empty";
  const [, shebang] = /^#!\s*(.*?)\s*$/m.exec(script.split("\n", 1)[0]!) ?? [];
  if (shebang === undefined) return "ALM40010: the first line is no shebang";
  return PROGRAMS.get(shebang.replace(/\s+/g, " ")) ??
    `ALM40011: ${shebang} is not supported: python and bash only`;
}

function failed(because: string): ScriptRun {
  return { sent: false, because, response: "", stdout: "", stderr: "", code: null };
}

/**
 * Whether a response matches the channel's "Response 校验信息": JSON, identified by its first and last character alone,
 * must contain all of its members; anything else must equal it or match it as a regular expression.
 */
export function isValid(response: string, validation: string): boolean {
  const [text, wanted] = [response.trim(), validation.trim()];
  if (wanted === "" || wanted === "{}") return true;
  if (!(text.startsWith("{") && text.endsWith("}"))) return text === wanted || matches(text, wanted);
  const [json, members] = [jsonOf(text), jsonOf(wanted)];
  return json !== undefined && members !== undefined && holds(json, members);
}

/** Maps are compared by their members; everything else must be equal, so 0 is not "0". */
function holds(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) {
    return JSON.stringify(value) === JSON.stringify(wanted);
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(wanted).every(([name, member]) =>
    Object.hasOwn(value, name) && holds((value as Record<string, unknown>)[name], member)
  );
}

function matches(text: string, pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "s").test(text);
  } catch {
    return false;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
