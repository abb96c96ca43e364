/**
 * Wrong clocks: `libfaketime`, if it is installed, shifts the clock of a running process by the value in a file.
 * Timers are not affected: they use the monotonic clock, which is unchanged.
 *
 * @module
 */

/** The paths of Debian's package `libfaketime`, and those of other systems. */
const LIBRARIES = [
  `/usr/lib/${Deno.build.arch}-linux-gnu/faketime/libfaketimeMT.so.1`,
  "/usr/lib64/faketime/libfaketimeMT.so.1",
  "/usr/lib/faketime/libfaketimeMT.so.1",
];

/** The command that installs it, for messages. */
export const GET_FAKETIME = "apt-get install faketime";

/** The clocks of processes. */
export interface Clocks {
  /** The environment of a process whose clock can be set. */
  envOf(name: string): Record<string, string>;
  /** Set the clock of a process ahead of this machine's, or back. The process applies it within a second. */
  set(name: string, aheadMs: number): Promise<void>;
}

/** The clocks of these processes; `undefined` without the library. `folder`: for the files that the processes read. */
export async function fakeClocks(names: readonly string[], folder: string): Promise<Clocks | undefined> {
  const library = await firstFile(LIBRARIES);
  if (library === undefined) return undefined;
  const fileOf = (name: string): string => `${folder}/clock-${name}`;
  const set = async (name: string, aheadMs: number): Promise<void> => {
    const seconds = (aheadMs / 1_000).toFixed(3);
    await Deno.writeTextFile(`${fileOf(name)}.new`, `${aheadMs < 0 ? "" : "+"}${seconds}\n`);
    await Deno.rename(`${fileOf(name)}.new`, fileOf(name)); // it must never be read half
  };
  for (const name of names) await set(name, 0);
  return {
    envOf: (name) => ({
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: fileOf(name),
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_CACHE_DURATION: "1",
    }),
    set,
  };
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await Deno.stat(path).then((stat) => stat.isFile, () => false)) return path;
  }
}
