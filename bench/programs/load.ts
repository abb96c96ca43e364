/**
 * The load generator, a process of its own: `load.ts '{"url": …}'`. Prints its measurements as JSON.
 *
 * @module
 */
import { Connection } from "../connection.ts";
import { quantile } from "../figure.ts";
import { alarms, apiV2, type MakeRequest, now, webhooks } from "../payloads.ts";
import { TOKEN } from "../programs.ts";

/** The options of the load. */
export interface LoadOptions {
  readonly url: string;
  /** Distinguishes the alerts of this run from those of another. */
  readonly run: string;
  readonly kind: "different" | "same" | "stamped" | "alarm_v2" | "api_v2";
  readonly connections: number;
  /** The number of requests, each connection one after the other; or the duration in milliseconds, without `warmUp`. */
  readonly count?: number;
  readonly ms?: number;
  readonly warmUp?: number;
  /** Requests per second; default: as many as the connections can carry. */
  readonly rate?: number;
}

/** The result of a load. */
export interface Load {
  /** Requests that were answered 200 in the measured time. */
  readonly answered: number;
  /** Requests that were answered otherwise, at any time. */
  readonly refused: number;
  /** The first such answer. */
  readonly refusal?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly ms: number;
  /** Milliseconds for a request. */
  readonly p50: number;
  readonly p99: number;
}

if (import.meta.main) {
  const load = await run(JSON.parse(Deno.args[0]!));
  // deno-lint-ignore no-console -- the output is the result
  console.log(JSON.stringify(load));
}

async function run(options: LoadOptions): Promise<Load> {
  const { url, connections, count = Infinity, ms = Infinity, warmUp = 0, rate } = options;
  const make = requestsOf(options);
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const times: number[] = [];
  let sent = 0;
  let refused = 0;
  let refusal: string | undefined;
  const startedAt = now();
  const from = startedAt + warmUp;
  const until = from + ms;

  const send = async (connection: Connection, at: number): Promise<void> => {
    const { status, body } = await connection.send(make(sent++, at));
    const end = now();
    const good = status === 200 && (options.kind !== "alarm_v2" || /^\{"code": ?0\b/.test(body));
    if (!good) {
      refused++;
      refusal ??= `${status} ${body}`;
    } else if (end >= from && end < until) times.push(end - at);
  };
  const asFastAsItGoes = async (connection: Connection): Promise<void> => {
    while (sent < count && now() < until) await send(connection, now());
  };
  /**
   * A free connection sends each due request; without a free one, the request waits, and its latency starts at its
   * due time.
   */
  const atRate = async (rate: number): Promise<void> => {
    const free = [...open];
    const late: number[] = [];
    const busy = new Set<Promise<void>>();
    const work = async (connection: Connection, due: number): Promise<void> => {
      for (let at: number | undefined = due; at !== undefined; at = late.shift()) await send(connection, at);
      free.push(connection);
    };
    for (let due = 0; due < count && now() < until;) {
      for (; startedAt + due * 1_000 / rate <= now() && due < count; due++) {
        const connection = free.pop();
        if (!connection) {
          late.push(now());
          continue;
        }
        const done = work(connection, now()).finally(() => busy.delete(done));
        busy.add(done);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(busy);
  };
  await (rate === undefined ? Promise.all(open.map(asFastAsItGoes)) : atRate(rate));
  const endedAt = Math.min(now(), until);
  for (const connection of open) connection[Symbol.dispose]();
  return {
    answered: times.length,
    refused,
    ...refusal === undefined ? {} : { refusal },
    startedAt,
    ms: endedAt - from,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

function requestsOf({ kind, url, run }: LoadOptions): MakeRequest {
  if (kind === "alarm_v2") return alarms({ url, run });
  if (kind === "api_v2") return apiV2({ url, run });
  return webhooks({ url, run, token: TOKEN, same: kind === "same", stamped: kind === "stamped" });
}
