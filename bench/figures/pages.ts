import { companyYaml } from "../company.ts";
import { type Figure, type Outcome, quantile, type Stage } from "../figure.ts";
import { load } from "../load.ts";
import { type Asked, pagesOf } from "../pages.ts";
import type { Places } from "../programs/fill_company.ts";
import { PASSWORD, type RunningRelay } from "../programs.ts";

/** What every page must keep to nineteen times in twenty, in milliseconds. */
const MOST = 100;

/**
 * What the first look at a page after a start may take: the code of the console and the page's template are loaded then.
 * It happens once, and a second is what a person takes for "at once, nearly".
 */
const FIRST = 1_000;

/** Alerts that come in a second while the pages are looked at once more. */
const RATE = 200;

/** Pages that the table names. */
const NAMED = 5;

/** How long each page takes with a company's day in the database: from the request to the last byte of the answer. */
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

/** What each page took, time and again. */
class Looks {
  readonly #times = new Map<string, number[]>();

  add(times: ReadonlyMap<string, number>): void {
    for (const [name, ms] of times) {
      const all = this.#times.get(name);
      if (all) all.push(ms);
      else this.#times.set(name, [ms]);
    }
  }

  /** The time that a part of the looks kept to: of each page, or of all together. */
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

/** Those that took longer than they may, in words. */
function tooSlow(times: ReadonlyMap<string, number>, most: number): string[] {
  return slowest(times).filter(([, ms]) => !(ms <= most)).map(([name, ms]) => `${name}: ${ms} ms`);
}

function named(times: ReadonlyMap<string, number>): string {
  return slowest(times).slice(0, NAMED).map(([name, ms]) => `${name} ${ms}`).join(", ");
}

/** Ask for each page once, one after the other. @returns milliseconds until each has answered */
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
