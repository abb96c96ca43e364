import type { Load, LoadOptions } from "./programs/load.ts";
import type { Arrived } from "./programs/sink.ts";
import type { Programs, Running } from "./programs.ts";

/** Connections of the load generator, unless a figure says otherwise. */
const CONNECTIONS = 32;

let runs = 0;

/** Put load on a server. @throws Error when a request is not answered 200: a figure of refusals is none. */
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

/** Count anew what arrives at a sink. */
export async function resetSink({ url }: Running): Promise<void> {
  await (await fetch(`${url}/reset`)).text();
}

/** Wait until so many have arrived at a sink since it was reset. @throws Error when they do not come in time. */
export async function arrivedAt(
  { url }: Running,
  { count, within = 120_000 }: { count: number; within?: number },
): Promise<Arrived> {
  const response = await fetch(`${url}/arrived?count=${count}`, { signal: AbortSignal.timeout(within) });
  return await response.json();
}
