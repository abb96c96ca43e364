import { redact } from "../redaction/redact.ts";
import { oneLine } from "../base/text.ts";
import { placeIn } from "./error_origin.ts";

const PRINTS = ["log", "info", "debug", "warn", "error", "trace", "dir", "table"] as const;

interface PluginPrints {
  readonly folders: readonly URL[];
  /** Called with a line of the relay's log. */
  readonly report: (words: string) => void;
  readonly secrets: () => readonly string[] | undefined;
}

/**
 * Redirects plugins' prints to the relay's log, as one line each and without secrets: a plugin may print its config.
 */
export function redactPrints({ folders, report, secrets }: PluginPrints): void {
  const { console } = globalThis;
  for (const name of PRINTS) {
    const usual = console[name].bind(console);
    console[name] = (...values: readonly unknown[]): void => {
      const [, , caller = ""] = new Error().stack?.split("\n") ?? []; // after the error's words, and this function
      const place = placeIn(folders, caller);
      if (place === undefined) return usual(...values);
      report(`${place} prints: ${textOf(values, secrets())}`);
    };
  }
}

/** The printed text; empty while the secrets are unknown. */
function textOf(values: readonly unknown[], secrets: readonly string[] | undefined): string {
  if (secrets === undefined) return "something, before the configuration is known";
  const text = values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" ");
  return oneLine(redact(text, secrets)).slice(0, 1_000).toWellFormed();
}
