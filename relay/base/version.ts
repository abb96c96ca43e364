import manifest from "../../deno.json" with { type: "json" };

/** The version of this Fenghuo. Versions with the same first number can share a database. */
export const VERSION: string = manifest.version;

/** The minimum version of Deno. */
const OLDEST_DENO = [2, 5] as const;

/** @throws Error if this Deno is too old; the message contains the remedy */
export function checkRuntime(deno: string): void {
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_DENO;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `this is Deno ${deno}, and Fenghuo ${VERSION} needs ${OLDEST_DENO.join(".")} or later: ` +
      `run "deno upgrade", or start it with "npx --yes deno@2.9.6 task start"`,
  );
}
