/**
 * JSONPath as RFC 9535 defines it: it selects values of a JSON value, and runs no code.
 *
 * @module
 */
import { compile, JSONPathError } from "json-p3";

/** Selects values of a JSON value, in document order. */
export type JsonPath = (value: unknown) => unknown[];

/** At most this many values are selected, because a filter may match all of a large payload. */
const MAX_SELECTED = 20_000;

/** Compiles a path. @throws SyntaxError with the position of the error */
export function compilePath(path: string): JsonPath {
  try {
    const query = compile(path);
    return (value) => {
      const selected: unknown[] = [];
      for (const node of query.lazyQuery(value as Parameters<typeof query.lazyQuery>[0])) {
        if (selected.push(node.value) >= MAX_SELECTED) break;
      }
      return selected;
    };
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    throw new SyntaxError(error.message.replace(/\s*\('.*':(\d+)\)$/s, " at character $1"), { cause: error });
  }
}
