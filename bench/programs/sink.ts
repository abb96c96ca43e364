/**
 * A stand-in for a vendor: reads each request and answers 200 at the least cost, which is the same for a figure and
 * for its floor.
 *
 * `POST /`: its alerts are counted · `POST /gone`: answered 410 · `GET /arrived?count=N`: answered once N have
 * arrived since the last `GET /reset`, with the time of the N-th and the latencies of the stamped ones.
 *
 * @module
 */
import { now } from "../payloads.ts";
import { announce } from "./_announce.ts";

/** The sink's report of arrivals. */
export interface Arrived {
  /** The arrival of the requested one: epoch milliseconds. */
  readonly at: number;
  /** From the stamp to the arrival, in milliseconds, in the order of arrival. */
  readonly delays: readonly number[];
}

const ALERT = '"fingerprint":';
const STAMP = /"sent":"([\d.]+)"/g;

const decoder = new TextDecoder();
let count = 0;
let delays: number[] = [];
let waiting: { count: number; resolve: (at: number) => void } | undefined;
let newest = 0;

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: announce }, async (request) => {
  if (request.method === "POST") {
    const text = decoder.decode(await request.arrayBuffer());
    if (request.url.endsWith("/gone")) return new Response("gone", { status: 410 });
    newest = now();
    count += alertsIn(text);
    for (const [, sent] of text.matchAll(STAMP)) delays.push(newest - Number(sent));
    if (waiting && count >= waiting.count) waiting.resolve(newest);
    return new Response("ok");
  }
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/reset") {
    count = 0;
    delays = [];
    return new Response("ok");
  }
  const wanted = Number(searchParams.get("count"));
  const at = count >= wanted ? newest : await new Promise<number>((resolve) => {
    waiting = { count: wanted, resolve };
  });
  waiting = undefined;
  return Response.json({ at, delays } satisfies Arrived);
});

/** The number of alerts in a request: each has one fingerprint. */
function alertsIn(text: string): number {
  let alerts = 0;
  for (let at = text.indexOf(ALERT); at >= 0; at = text.indexOf(ALERT, at + ALERT.length)) alerts++;
  return alerts;
}
