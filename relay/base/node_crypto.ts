/** `node:crypto`, loaded on the first call: loading takes 17 ms, and most starts need only {@linkcode sha256}. */
export function nodeCrypto(): typeof import("node:crypto") {
  // deno-lint-ignore no-process-global -- importing "node:process" loads more than this does
  return process.getBuiltinModule("node:crypto");
}
