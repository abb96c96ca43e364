/**
 * Traps for actions that a channel must not take while it is loaded or graded: it must not send requests itself,
 * print, change shared globals (the trap restores them), or leave errors of promises and timers unhandled.
 *
 * @module
 */
import { watchShared } from "../../relay/channel/shared_globals.ts";
import { fault, type Finding, warning } from "./finding.ts";
import { TRAPPED } from "./subject.ts";

/** Run a part of a grading with the traps set. @returns the findings of the part and of the traps */
export async function trapped(part: () => Promise<readonly Finding[]>): Promise<Finding[]> {
  const caught: Finding[] = [];
  const lost = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    const words = event.reason instanceof Error ? event.reason.message : String(event.reason);
    caught.push(fault(
      `a promise was rejected that nobody awaits: ${words}`,
      "await each promise, or return it",
    ));
  };
  const thrown = (event: ErrorEvent): void => {
    event.preventDefault();
    caught.push(fault(
      `it throws outside of every call, as in a timer: ${event.message}`,
      "start nothing that outlives the call: await it, and return its result",
    ));
  };
  const { fetch } = globalThis;
  globalThis.fetch = () => {
    caught.push(fault(
      "it calls fetch",
      "describe the request and return it; with send, use tools.fetch",
    ));
    return Promise.reject(new Error(TRAPPED));
  };
  const restorePrints = trapPrints(caught);
  const changes = watchShared();
  globalThis.addEventListener("unhandledrejection", lost);
  globalThis.addEventListener("error", thrown);
  try {
    const findings = await part();
    await new Promise((resolve) => setTimeout(resolve)); // rejections are reported between tasks
    return [...findings, ...caught, ...changes().map(({ name }) => changed(name))];
  } finally {
    for (const change of changes()) change.undo(); // for those that are graded after it
    restorePrints();
    globalThis.fetch = fetch;
    globalThis.removeEventListener("unhandledrejection", lost);
    globalThis.removeEventListener("error", thrown);
  }
}

function changed(what: string): Finding {
  return fault(
    `it changes ${what}, which the whole relay shares`,
    "keep state in tools.cache, and change nothing global",
  );
}

const PRINTS = ["log", "info", "debug", "warn", "error", "trace", "dir", "table"] as const;

/** @returns a function that removes the trap */
function trapPrints(caught: Finding[]): () => void {
  const { console } = globalThis;
  const before = PRINTS.map((name) => [name, console[name]] as const);
  for (const name of PRINTS) {
    console[name] = () => {
      caught.push(warning(
        `it calls console.${name}`,
        "print nothing: no secret is removed from it; the words of a verdict are shown at the delivery",
      ));
    };
  }
  return () => before.forEach(([name, print]) => console[name] = print);
}
