/**
 * Parts of the relay that no alert waits for: each is loaded with its first use, so that a start at the edge answers sooner.
 * Deno reads a file that is named in an import itself before it runs anything, with all that this one imports.
 *
 * @module
 */

/** The work on lanes. */
export async function loadLane(): Promise<typeof import("./delivery/lane.ts")> {
  return await import(import.meta.resolve("./delivery/lane.ts"));
}

/** Test messages. */
export async function loadTrial(): Promise<typeof import("./delivery/trial.ts")> {
  return await import(import.meta.resolve("./delivery/trial.ts"));
}

/** What the console shows at one glance. */
export async function loadOverview(): Promise<typeof import("./overview/overview.ts")> {
  return await import(import.meta.resolve("./overview/overview.ts"));
}

/** English texts of schemas and senders, in other languages. */
export async function loadDictionary(): Promise<typeof import("./message/dictionary.ts")> {
  return await import(import.meta.resolve("./message/dictionary.ts"));
}

/** What is told of sick vendors. */
export async function loadSickness(): Promise<typeof import("./intake/sickness.ts")> {
  return await import(import.meta.resolve("./intake/sickness.ts"));
}

/** What time alone brings. */
export async function loadTidy(): Promise<typeof import("./tidy.ts")> {
  return await import(import.meta.resolve("./tidy.ts"));
}
