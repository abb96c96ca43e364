/**
 * What a channel must not do, noticed while it is loaded or graded: to send by itself, to change what all others share, and to
 * leave a promise alone.
 *
 * @module
 */
import { fault, type Finding } from "./finding.ts";
import { TRAPPED } from "./subject.ts";

/** What everybody shares: the object, and its name. */
const SHARED: readonly [name: string, object: object][] = [
  ["globalThis", globalThis],
  ...[Array, Date, Function, JSON, Map, Math, Number, Object, Promise, RegExp, Set, String, URL, Headers]
    .flatMap((one): [string, object][] => {
      const name = "name" in one ? one.name : one === JSON ? "JSON" : "Math";
      return "prototype" in one
        ? [[name, one], [`${name}.prototype`, one.prototype as object]]
        : [[name, one]];
    }),
];

/** Globals that the kit itself replaces, and those that Deno does when a library loads a module of Node. */
const RUNTIME: ReadonlySet<PropertyKey> = new Set([
  "fetch",
  "MessageChannel",
  "MessagePort",
  "nodeBootstrap",
]);

/** Run a part of a grading with the traps set. @returns the findings of the part, and what the traps caught */
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
  const { fetch } = globalThis;
  const before = SHARED.map(([, object]) => Object.getOwnPropertyDescriptors(object));
  globalThis.fetch = () => {
    caught.push(fault(
      "it calls fetch",
      "describe the request and return it; with send, use tools.fetch",
    ));
    return Promise.reject(new Error(TRAPPED));
  };
  globalThis.addEventListener("unhandledrejection", lost);
  try {
    const findings = await part();
    await new Promise((resolve) => setTimeout(resolve)); // rejections are reported between tasks
    return [...findings, ...caught, ...changesSince(before)];
  } finally {
    globalThis.removeEventListener("unhandledrejection", lost);
    globalThis.fetch = fetch;
  }
}

function changesSince(before: readonly Record<PropertyKey, PropertyDescriptor>[]): Finding[] {
  return SHARED.flatMap(([name, object], index) => {
    const then = before[index]!;
    const now = Object.getOwnPropertyDescriptors(object) as Record<PropertyKey, PropertyDescriptor>;
    const changed = Reflect.ownKeys({ ...then, ...now }).filter((key) =>
      !(name === "globalThis" && RUNTIME.has(key)) && !sameProperty(then[key], now[key])
    );
    return changed.map((key) =>
      fault(
        `it changes ${name}.${String(key)}, which the whole relay shares`,
        "keep state in tools.cache, and change nothing global",
      )
    );
  });
}

/** A property that is made when it is first read becomes a value: that is no change. */
function sameProperty(then: PropertyDescriptor | undefined, now: PropertyDescriptor | undefined): boolean {
  if (then === undefined || now === undefined) return false;
  return then.get !== undefined || Object.is(then.value, now.value);
}
