/**
 * `node:crypto`, loaded with the first call and not before: loading it takes 20 ms, a fifth of a start, and an alert that
 * comes first needs no more of it than {@linkcode sha256} can do without.
 */
export function nodeCrypto(): typeof import("node:crypto") {
  // deno-lint-ignore no-process-global -- importing "node:process" loads more than this does
  return process.getBuiltinModule("node:crypto");
}
