/** Whether a program is installed, such as `promtool`. */
export async function isInstalled(program: string): Promise<boolean> {
  const command = new Deno.Command("sh", { args: ["-c", 'command -v "$0"', program], stdout: "null" });
  return (await command.output()).success;
}
