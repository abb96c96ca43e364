/**
 * Ends the processes of a task that was killed and cannot end them itself.
 *
 * @module
 */

/** Waits until the task is gone, then ends each process whose command line names the folder. Does nothing without `/proc`. */
const SCRIPT = `
[ -d /proc/self ] || exit 0
while kill -0 "$TASK" 2>/dev/null; do sleep 2; done
for process in /proc/[0-9]*; do
  if tr '\\0' ' ' <"$process/cmdline" | grep -qF "$FOLDER/"; then kill -9 "\${process#/proc/}"; fi
done
rm -rf "$FOLDER"
`;

/** Watches the processes that name a folder of this task, until disposal. */
export function watchOver(folder: string): AsyncDisposable {
  if (Deno.build.os === "windows") return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const child = new Deno.Command("sh", {
    args: ["-c", SCRIPT],
    env: { TASK: String(Deno.pid), FOLDER: folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true, // what ends the task's group must not end it
  }).spawn();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
