/** Whether a program is installed, such as `promtool`. */
export async function isInstalled(program: string): Promise<boolean> {
  const command = new Deno.Command("sh", { args: ["-c", 'command -v "$0"', program], stdout: "null" });
  return (await command.output()).success;
}

/** A port of loopback that is free now, for a program that does not report its port. */
export function freePort(): number {
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  return listener.addr.port;
}
