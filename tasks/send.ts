/**
 * `deno task send <dialect>`: sends a correct example to a running relay, and prints the answer in words. Each file in
 * `send/` is a dialect.
 *
 * @module
 */
import { secretOf } from "./_secret.ts";
import type { Example, SendDialect } from "./send/_dialect.ts";
import { complain, print, readOptions, UsageError } from "./_task.ts";

/** The time limit of a request: a healthy relay stores some alerts faster. */
const PATIENCE = 30_000;

const SHARED = { to: { type: "string" }, help: { type: "boolean", short: "h" } } as const;

Deno.exitCode = await main(Deno.args);

/** @returns the exit code: 0 = accepted · 1 = not accepted · 2 = the command is wrong */
async function main(args: readonly string[]): Promise<number> {
  try {
    const [name, ...rest] = args;
    const names = await dialectNames();
    if (name === "--help" || name === "-h") {
      print(await usage(names));
      return 0;
    }
    if (name === undefined || name.startsWith("-")) {
      throw new UsageError(`the first word must be a dialect: ${names.join(", ")}`);
    }
    if (!names.includes(name)) {
      throw new UsageError(`there is no dialect "${name}"; there is ${names.join(", ")}`);
    }
    return await send(await dialectOf(name), rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    complain(`Cannot send: ${error.message}\nSee deno task send --help`);
    return 2;
  }
}

async function send(dialect: SendDialect, args: string[]): Promise<number> {
  const { values } = readOptions(args, { options: { ...SHARED, ...dialect.options } });
  if (values.help) {
    print(dialect.help);
    return 0;
  }
  const relay = addressOf(values.to as string | undefined);
  const token = await secretOf("FENGHUO_INTAKE_TOKEN");
  const example = await dialect.example(values, { token, now: Date.now() });
  const answer = await post(relay, example);
  if (typeof answer === "string") {
    complain(`Cannot send to ${relay}: ${answer}`);
    return 1;
  }
  const words = answer.ok ? dialect.accepted(answer.json, answer.text) : undefined;
  if (words !== undefined) {
    print(words);
    return 0;
  }
  const refusal = dialect.refused?.(answer.json);
  if (refusal !== undefined) {
    complain(`${relay} ${refusal}`);
    return 1;
  }
  complain(`${relay} refused with ${answer.status}: ${answer.words}`);
  if (answer.status === 401) complain("Set FENGHUO_INTAKE_TOKEN to the token that the relay printed");
  return 1;
}

/** Files in `send/` are dialects, except those that begin with `_`. */
async function dialectNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL("./send/", import.meta.url))) {
    if (name.endsWith(".ts") && !name.startsWith("_")) names.push(name.slice(0, -".ts".length));
  }
  return names.sort();
}

async function dialectOf(name: string): Promise<SendDialect> {
  return (await import(`./send/${name}.ts`)).default;
}

async function usage(names: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    names.map(async (name) => `  ${name.padEnd(18)}${(await dialectOf(name)).title}`),
  );
  return [
    "deno task send <dialect> [options]",
    "",
    "Sends a correct example to a running relay, and prints what the relay made of it. The dialects:",
    "",
    ...lines,
    "",
    "deno task send <dialect> --help shows the options of one.",
  ].join("\n");
}

/** Without a slash at its end. */
function addressOf(to = `http://localhost:${Deno.env.get("PORT") || 8000}`): string {
  const url = URL.parse(to);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--to is "${to}": it must be an address such as http://localhost:8000`);
  }
  return to.replace(/\/+$/, "");
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  /** The answer in words. */
  readonly words: string;
}

/** @returns the answer, or the reason why there is none. */
async function post(relay: string, { path, headers, body }: Example): Promise<Answer | string> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(`${relay}/${path}`, {
      method: "POST",
      headers,
      body,
      signal,
      redirect: "manual",
    });
    const text = await response.text();
    const json = parse(text);
    const { error } = Object(json) as { error?: unknown };
    const words = typeof error === "string" ? error : text.trim().slice(0, 500) || "it says nothing";
    return { ok: response.ok, status: response.status, text, json, words };
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${PATIENCE / 1_000} s`;
  }
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const words = innermost instanceof Error ? innermost.message : String(innermost);
  if (!/refused/i.test(words)) return words;
  return "connection refused; is the relay running? Start it with: deno task start";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
