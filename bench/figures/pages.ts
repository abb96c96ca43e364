import { companyYaml } from "../company.ts";
import { type Figure, type Outcome, quantile, type Stage } from "../figure.ts";
import { load } from "../load.ts";
import { type Asked, pagesOf } from "../pages.ts";
import type { Places } from "../programs/fill_company.ts";
import { PASSWORD, type RunningRelay } from "../programs.ts";

/** The limit of every page for 19 of 20 requests, in milliseconds. */
const MOST = 100;

/**
 * The limit of the first request for a page after a start, which also loads the console's code and the page's
 * template. It happens once, and people accept a second as almost immediate.
 */
const FIRST = 1_000;

/** Alerts per second during the second round of pages. */
const RATE = 200;

/** The number of pages that the table lists. */
const NAMED = 5;

/** The time of each page with a company's day in the database: from the request to the last byte of the answer. */
export const pages: Figure = {
  name: "pages",
  title: "p95 of every page with 200,000 alerts stored, ms",
  floor: "–",
  unit: "ms",
  async measure({ programs, quick, say }: Stage): Promise<Outcome> {
    const sink = await programs.server("sink");
    const yaml = companyYaml(sink.url);
    const folder = await programs.folder();
    const places = await programs.run<Places>("fill_company", {
      folder,
      yaml,
      alerts: quick ? 20_000 : 200_000,
    });
    say("the database is filled");
    const relay = await programs.relay(yaml, { folder });
    const asked = pagesOf(places);

    const first = await lookAt(relay, asked);
    const calm = new Looks();
    for (let round = 0; round < (quick ? 4 : 10); round++) calm.add(await lookAt(relay, asked));
    const busy = new Looks();
    let isBusy = true;
    const coming = load(programs, relay, {
      kind: "different",
      rate: RATE,
      ms: quick ? 5_000 : 15_000,
      connections: 8,
    }).finally(() => isBusy = false);
    coming.catch(() => {}); // it is waited for below, unless a page fails before
    while (isBusy) busy.add(await lookAt(relay, asked));
    await coming;

    const busily = `with ${RATE} alerts/s`;
    const all = busy.of(0.95, { together: true });
    const broken = [
      ...tooSlow(first, FIRST).map((words) => `${words} the first time after the start`),
      ...tooSlow(calm.of(0.95), MOST),
      ...tooSlow(all, MOST).map((words) => `${words} ${busily}`),
    ];
    const note = `the slowest of ${asked.length}: ${named(calm.of(0.95))}; ${busily}: ${named(all)}, ` +
      `at the median ${named(busy.of(0.5))}; the first time after the start: ${named(first)}`;
    say(broken.length > 0 ? broken.join("\n") : note);
    return { kind: "promises", broken, note };
  },
};

/** The times of each page in all rounds. */
class Looks {
  readonly #times = new Map<string, number[]>();

  add(times: ReadonlyMap<string, number>): void {
    for (const [name, ms] of times) {
      const all = this.#times.get(name);
      if (all) all.push(ms);
      else this.#times.set(name, [ms]);
    }
  }

  /** The quantile of the times: of each page, or of all together. */
  of(part: number, { together = false }: { together?: boolean } = {}): Map<string, number> {
    const all: Iterable<[string, number[]]> = together
      ? [["all together", [...this.#times.values()].flat()]]
      : this.#times;
    return new Map([...all].map(([name, times]) => [name, quantile(times, part)]));
  }
}

/** Pages and their rounded milliseconds, the slowest first. */
function slowest(times: ReadonlyMap<string, number>): [name: string, ms: number][] {
  return [...times].map(([name, ms]): [string, number] => [name, Math.round(ms)]).sort(([, a], [, b]) =>
    b - a
  );
}

/** The pages over their limit, in words. */
function tooSlow(times: ReadonlyMap<string, number>, most: number): string[] {
  return slowest(times).filter(([, ms]) => !(ms <= most)).map(([name, ms]) => `${name}: ${ms} ms`);
}

function named(times: ReadonlyMap<string, number>): string {
  return slowest(times).slice(0, NAMED).map(([name, ms]) => `${name} ${ms}`).join(", ");
}

/** Request each page once, one after the other. @returns milliseconds until each has answered */
async function lookAt({ url }: RunningRelay, asked: readonly Asked[]): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const { name, path, body, isSearch } of asked) {
    const began = performance.now();
    const response = await fetch(`${url}${path}`, {
      headers: {
        authorization: `Bearer ${PASSWORD}`,
        accept: path.startsWith("/api/") ? "application/json" : "text/html",
      },
      ...body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    });
    await response.arrayBuffer();
    times.set(name, performance.now() - began);
    if (response.status !== 200 && !(isSearch && response.status === 404)) {
      throw new Error(`Cannot measure: ${path} answered ${response.status}`);
    }
  }
  return times;
}
