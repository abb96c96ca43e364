import { oneLine } from "../base/text.ts";
import { redact } from "../redaction/redact.ts";
import type { ChannelFaults } from "./channel_faults.ts";
import { type CodeFolders, originOf } from "./error_origin.ts";

/** The dependencies of {@linkcode watchUnhandledErrors}. */
export interface UnhandledErrorOptions {
  readonly folders: CodeFolders;
  readonly faults: ChannelFaults;
  /** All secrets; `undefined` before the configuration is read: no text of an error is shown then. */
  readonly secrets: () => readonly string[] | undefined;
  /** Called before an error of the relay itself ends the process. */
  readonly fatal?: () => void;
  /** The target of the events. Default: the global object. */
  readonly target?: Pick<typeof globalThis, "addEventListener" | "removeEventListener">;
}

const CURES = {
  rejection: "await each promise, or catch its error",
  error: "catch the error where it is thrown, such as in a timer",
} as const;

/**
 * Keep the process alive after an unhandled error of a plugin, and count it. An error of the relay itself still ends
 * the process, because its state would be unknown; the supervisor starts it again.
 *
 * @returns a function that stops it
 */
export function watchUnhandledErrors(
  { folders, faults, secrets, fatal, target = globalThis }: UnhandledErrorOptions,
): () => void {
  const survive = (error: unknown, how: keyof typeof CURES): boolean => {
    const origin = originOf(error, folders);
    if (origin.kind === "relay") {
      fatal?.();
      return false;
    }
    const isKnown = origin.kind === "channel";
    const place = isKnown ? ` at ${origin.at}` : "";
    const words = wordsOf(error, secrets());
    const action = how === "rejection" ? "nobody awaits an error" : "nobody catches an error";
    faults.add(isKnown ? origin.channel : undefined, `${action}${place}: ${words}; ${CURES[how]}`);
    return true;
  };
  const onRejection = (event: PromiseRejectionEvent): void => {
    if (survive(event.reason, "rejection")) event.preventDefault();
  };
  const onError = (event: ErrorEvent): void => {
    if (survive(event.error, "error")) event.preventDefault();
  };
  target.addEventListener("unhandledrejection", onRejection);
  target.addEventListener("error", onError);
  return () => {
    target.removeEventListener("unhandledrejection", onRejection);
    target.removeEventListener("error", onError);
  };
}

function wordsOf(error: unknown, secrets: readonly string[] | undefined): string {
  if (secrets === undefined) return error instanceof Error ? error.name : typeof error;
  return oneLine(redact(String(error), secrets)).slice(0, 300).toWellFormed();
}
