import { isTree } from "./raw.ts";
import { withoutLineEnd } from "./secret_text.ts";

/** The maximum depth of a file. */
const MAX_DEPTH = 50;

/** Normalises a value as if read from a file: without empty keys and trailing line ends; `undefined` if it is too deep. */
export function plain(value: unknown): unknown {
  return depthOf(value) > MAX_DEPTH ? undefined : withoutNulls(value);
}

/** Without recursion: the depth of a request's value is only limited by its length. */
function depthOf(value: unknown): number {
  let level: unknown[] = [value];
  let depth = 0;
  for (; level.length > 0 && depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((part) => typeof part === "object" && part !== null ? Object.values(part) : []);
  }
  return depth;
}

function withoutNulls(value: unknown): unknown {
  if (typeof value === "string") return withoutLineEnd(value);
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isTree(value)) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutNulls(part)]));
}
