/**
 * How a task asks a running relay: its address, the admin password, and what went wrong in words.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { readLocalSecrets } from "../relay/config/local_secrets.ts";
import { UsageError } from "./send/_dialect.ts";

const SECRETS_PATH = "./data/secrets.json";

/** The options that every such task has. */
export const SHARED = {
  to: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What {@linkcode SHARED} means, for the help of a task. */
export const SHARED_HELP = `  --to      the relay; default http://localhost:$PORT, or 8000
  --json    what the relay answered, as JSON

The admin password is FENGHUO_ADMIN_PASSWORD, or what the relay's first start kept in data/secrets.json.`;

/** The relay cannot be asked, or did not answer what was asked. The message says why, and what to do. */
export class AskError extends Error {}

/** The command line of a task. @throws UsageError */
export function readArgs<T extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  { options, positionals }: { options: T; positionals: number },
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>> {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    if (parsed.positionals.length <= positionals) return parsed;
  } catch (error) {
    // Node's hints after the first sentence are about positional arguments.
    const [sentence = ""] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, ""));
  }
  throw new UsageError(positionals === 0 ? "it takes options only" : "there is a word too many");
}

/** Ask the relay's API. @returns what it answered. @throws AskError, UsageError */
export async function ask(
  path: string,
  { to = `http://localhost:${Deno.env.get("PORT") || 8000}`, patience = 30_000 }: {
    to?: string | undefined;
    patience?: number;
  },
): Promise<unknown> {
  if (!/^https?:$/.test(URL.parse(to)?.protocol ?? "")) {
    throw new UsageError(`--to is "${to}": it must be an address such as http://localhost:8000`);
  }
  const relay = to.replace(/\/+$/, "");
  const password = Deno.env.get("FENGHUO_ADMIN_PASSWORD") ||
    (await readLocalSecrets(SECRETS_PATH)).adminPassword;
  if (!password) {
    throw new AskError(`Cannot ask ${relay}: no admin password: set FENGHUO_ADMIN_PASSWORD`);
  }
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${relay}${path}`, {
      headers: { authorization: `Bearer ${password}` },
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
    });
    text = await response.text();
  } catch (error) {
    throw new AskError(`Cannot ask ${relay}: ${reasonOf(error, patience)}`);
  }
  if (response.ok) return JSON.parse(text);
  if (response.status === 401) {
    throw new AskError(
      `${relay} refused with 401: set FENGHUO_ADMIN_PASSWORD to the admin password that the relay printed`,
    );
  }
  throw new AskError(`${relay} refused with ${response.status}: ${wordsOf(text)}`);
}

function wordsOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // no JSON
  }
  return text.trim().slice(0, 500) || "it says nothing";
}

function reasonOf(error: unknown, patience: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `no answer within ${patience / 1_000} s`;
  }
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const words = innermost instanceof Error ? innermost.message : String(innermost);
  if (!/refused/i.test(words)) return words;
  return "connection refused; is the relay running? Start it with: deno task start";
}
