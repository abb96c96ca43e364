/** Say where a server listens, in the way in which the relay says it. */
export function announce({ hostname, port }: Deno.NetAddr): void {
  // deno-lint-ignore no-console -- the output is the result
  console.log(`Listens on (${hostname}:${port})`);
}
