/**
 * Queries of JSON values: JSONPath as RFC 9535 defines it. It only selects: it computes nothing and runs no code.
 *
 * @module
 */
import { compile, JSONPathError } from "json-p3";

/** Selects the values of a JSON value, in document order. */
export type JsonPath = (value: unknown) => unknown[];

/** At most this many values are selected: a filter over a large payload may match all of it. */
const MAX_SELECTED = 20_000;

/** A path as a function. @throws SyntaxError with the place of the mistake */
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
