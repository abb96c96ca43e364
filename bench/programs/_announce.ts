/** Announces a server's address in the relay's own format. */
export function announce({ hostname, port }: Deno.NetAddr): void {
  // deno-lint-ignore no-console -- the output is the result
  console.log(`Listens on (${hostname}:${port})`);
}
