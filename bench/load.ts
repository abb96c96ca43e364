import type { Load, LoadOptions } from "./programs/load.ts";
import type { Arrived } from "./programs/sink.ts";
import type { Programs, Running } from "./programs.ts";

/** Connections of the load generator, unless a figure says otherwise. */
const CONNECTIONS = 32;

let runs = 0;

/** Send load to a server. @throws Error when a request is not answered 200, because a figure of refusals is useless */
export async function load(
  programs: Programs,
  { url }: Running,
  options: Omit<LoadOptions, "url" | "run" | "connections"> & { readonly connections?: number },
): Promise<Load> {
  const run = `${Deno.pid}-${runs++}.example.com`;
  const result = await programs.run<Load>("load", { connections: CONNECTIONS, ...options, url, run });
  if (result.refused > 0) throw new Error(`Cannot measure: ${result.refused} refused: ${result.refusal}`);
  return result;
}

/** Requests that are answered a second. */
export function perSecond({ answered, ms }: Load): number {
  return answered / ms * 1_000;
}

/** Reset the sink's count of arrivals. */
export async function resetSink({ url }: Running): Promise<void> {
  await (await fetch(`${url}/reset`)).text();
}

/**
 * Wait until this many requests have arrived at a sink since its reset. @throws Error when they do not arrive in time
 */
export async function arrivedAt(
  { url }: Running,
  { count, within = 120_000 }: { count: number; within?: number },
): Promise<Arrived> {
  const response = await fetch(`${url}/arrived?count=${count}`, { signal: AbortSignal.timeout(within) });
  return await response.json();
}
