import { isTree } from "./raw.ts";
import { withoutLineEnd } from "./secret_text.ts";

/** As deep as a file may be. */
const MAX_DEPTH = 50;

/** The value as a file would give it: without empty keys and line ends of single lines; `undefined` when it is too deep. */
export function plain(value: unknown): unknown {
  return depthOf(value) > MAX_DEPTH ? undefined : withoutNulls(value);
}

/** Not by recursion: what is sent may be as deep as it is long. */
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
