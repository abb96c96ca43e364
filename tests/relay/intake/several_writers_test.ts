/**
 * Several writers on one shared database, each with several concurrent commits, and a database with the faults of a
 * remote one: their decisions must be those of a single writer, in the order in which the commits landed. The
 * property is also tested on writers with a fault, and must find each of them.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { decode } from "../../../relay/base/codec.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import type { LoggedAlert } from "../../../relay/domain/record.ts";
import { sumOf, type Tally } from "../../../relay/domain/tally.ts";
import type { PreparedAlert } from "../../../relay/intake/pipeline.ts";
import { Writer } from "../../../relay/intake/writer.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { openStore } from "../../../relay/store/store.ts";
import { alert, destination, group } from "../../kit/domain.ts";
import { type CommitFault, faultyKv } from "../../kit/faulty_kv.ts";
import { interleaved, type InterleavedOptions } from "../../kit/interleaved_kv.ts";

/** Apart by less than the allowed skew of clocks. */
const SKEWS = [0, 2_000, -2_000];
const FINGERPRINTS = 14;
const WINDOW = 5 * MINUTE;
const retention = { alerts: 1_000_000_000, dead: 1_000_000_000, audit: 86_400_000 };
const ops = group({ window: WINDOW, destinations: [destination("ops/default/one")] });

/** A payload that a writer gets. */
interface Post {
  readonly writer: number;
  readonly alerts: readonly { readonly fingerprint: number; readonly resolved: boolean }[];
  /** The delay after the previous one, by the clock and in turns of the event loop; Infinity: after its answer. */
  readonly after: number;
  readonly turns: number;
}

interface Run {
  readonly posts: readonly Post[];
  /** The fault of each commit. */
  readonly faults: readonly (CommitFault | undefined)[];
  /** Whether the commits that are late land before a commit; the others land at the end. */
  readonly landings: readonly boolean[];
  /** The travel times of requests and answers, one after the other. */
  readonly travels: readonly number[];
}

const FAULTS: CommitFault[] = ["lands, says no", "lands, says nothing", "is lost", "lands late"];

const alerts = (options: { minLength: number; maxLength: number }): fc.Arbitrary<Post["alerts"]> =>
  fc.array(
    fc.record({ fingerprint: fc.nat({ max: FINGERPRINTS - 1 }), resolved: fc.boolean() }),
    options,
  );

const runs: fc.Arbitrary<Run> = fc.record({
  posts: fc.array(
    fc.record({
      writer: fc.nat({ max: SKEWS.length - 1 }),
      alerts: fc.oneof(alerts({ minLength: 1, maxLength: 1 }), alerts({ minLength: 1, maxLength: 20 })),
      after: fc.constantFrom(0, 0, 1, MINUTE, WINDOW),
      turns: fc.constantFrom(0, 0, 1, 3, 30, Infinity),
    }),
    { minLength: 4, maxLength: 16 },
  ),
  faults: fc.array(fc.constantFrom(undefined, undefined, undefined, ...FAULTS), { maxLength: 40 }),
  landings: fc.array(fc.constantFrom(false, false, false, true), { maxLength: 40 }),
  travels: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 40 }),
});

/** An attempt that lands long after the next one, and after the commit behind that: random runs seldom have it. */
const OVERTAKEN: Run = {
  posts: [1, 2].map((fingerprint) => ({
    writer: 0,
    alerts: [{ fingerprint, resolved: true }],
    after: 0,
    turns: Infinity,
  })),
  faults: ["lands late"],
  landings: [],
  travels: [0],
};

/** A caller's view of one alert: when it was posted and answered, counted in posts and answers, and the answer. */
interface Seen {
  readonly name: string;
  readonly posted: number;
  readonly answered: number;
  /** `undefined`: the caller was refused. */
  readonly logged: Pick<LoggedAlert, "id" | "routing"> | undefined;
}

interface Seeing {
  readonly seen: readonly Seen[];
  /** In the order in which the commits landed. */
  readonly log: readonly LoggedAlert[];
  readonly open: readonly Incident[];
  readonly accepted: number;
}

/** Runs the writers, and returns their results. */
async function work(
  { posts, faults, landings, travels }: Run,
  mutant: Partial<InterleavedOptions>,
): Promise<Seeing> {
  const real = await Deno.openKv(":memory:");
  const faulty = faultyKv(real);
  let now = Date.UTC(2026, 0, 31, 8);
  const writers = await Promise.all(SKEWS.map(async (skew) => {
    const clock = { now: () => now + skew };
    let travel = 0;
    const turns = (): number => travels[travel++ % travels.length]!;
    const kv = interleaved(faulty.kv, { turns, ...mutant });
    const store = await openStore(kv, { exclusive: false, clock, key: "k", retention, deadline: 60_000 });
    return { writer: new Writer(store, { staleAfter: 1e9, clock, patience: 60_000 }), clock };
  }));
  faulty.onCommit = (number) => {
    if (landings[number]) void faulty.landLate();
    return faults[number];
  };
  const seen: Seen[] = [];
  const answers: Promise<void>[] = [];
  let moment = 0;
  for (const [number, { writer: of, alerts, after, turns }] of posts.entries()) {
    now += after;
    if (turns === Infinity) await Promise.all(answers);
    else for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    const { writer, clock } = writers[of]!;
    const names = alerts.map((_, index) => `${number}.${index}`);
    const prepared = alerts.map(({ fingerprint, resolved }, index): PreparedAlert => ({
      fingerprint: `f${fingerprint}`,
      payload: "p",
      now: clock.now(),
      routes: [{ group: ops, by: "named" }],
      alert: alert({ status: resolved ? "resolved" : "firing", title: names[index]! }),
    }));
    const posted = moment++;
    const note = (logged: readonly Seen["logged"][]): void => {
      const answered = moment++;
      names.forEach((name, index) => seen.push({ name, posted, answered, logged: logged[index] }));
    };
    answers.push(
      writer.append(prepared, { bytes: 1 }).then(({ logged }) => note(logged), (error) => {
        if (!(error instanceof StoreError && error.kind === "unavailable")) throw error;
        note([]);
      }),
    );
  }
  await Promise.all(answers);
  await Promise.all(writers.map(({ writer }) => writer.idle()));
  faulty.onCommit = () => undefined;
  await faulty.landLate();
  const pages = await Array.fromAsync(real.list({ prefix: ["log"] }));
  pages.sort((a, b) => a.versionstamp < b.versionstamp ? -1 : a.versionstamp > b.versionstamp ? 1 : 0);
  const log = pages.flatMap(({ value }) => decode<LoggedAlert[]>(value));
  const open: Incident[] = [];
  for await (const { value } of real.list({ prefix: ["incident", "open"] })) open.push(decode(value));
  let tally: Tally = {};
  for await (const { value } of real.list({ prefix: ["tally"] })) tally = sumOf(tally, decode(value));
  real.close();
  return { seen, log, open, accepted: tally.accepted ?? 0 };
}

/** The decisions of a single writer, alert by alert. */
class Model {
  readonly open = new Map<string, { count: number; until: number }>();

  decide({ fingerprint, at, alert: { status } }: LoggedAlert): string {
    const incident = this.open.get(fingerprint);
    if (status === "resolved") return this.open.delete(fingerprint) ? "resolved" : "nothing_open";
    if (incident && at < incident.until) {
      incident.count++;
      return "folded";
    }
    this.open.set(fingerprint, { count: (incident?.count ?? 0) + 1, until: at + WINDOW });
    return incident ? "repeat" : "first";
  }
}

function outcomeIn({ routing }: Pick<LoggedAlert, "routing">): string {
  const { outcome } = routing[0]!;
  return outcome.kind === "told" ? outcome.reason : outcome.kind === "folded" ? "folded" : outcome.by;
}

/** Nothing that is answered is lost, and all is decided as one writer alone would have decided it. */
function hold({ seen, log, open, accepted }: Seeing): void {
  const stored = new Map(log.map((logged) => [logged.id, logged]));
  equal(stored.size, log.length, "each alert has an id of its own");
  const answered = seen.filter(({ logged }) => logged !== undefined);
  for (const { logged, name } of answered) {
    ok(stored.has(logged!.id), `${name} was answered and is stored`);
    equal(outcomeIn(stored.get(logged!.id)!), outcomeIn(logged!), `${name} was told the truth`);
  }
  equal(new Set(answered.map(({ logged }) => logged!.id)).size, answered.length, "no two share a record");
  ok(log.length <= seen.length, "nothing is stored twice");
  if (answered.length === seen.length) equal(log.length, seen.length, "nothing is stored twice");
  equal(accepted, log.length, "the ledger has counted each alert once");

  const model = new Model();
  const newest = new Map<string, string>();
  for (const logged of log) {
    const { id, incident, fingerprint } = logged;
    equal(outcomeIn(logged), model.decide(logged), `${fingerprint} ${id}`);
    if (incident === null) continue;
    ok(id > (newest.get(fingerprint) ?? ""), "a later event has a later id, also of the next incident");
    newest.set(fingerprint, id);
  }
  const counts = (incidents: Iterable<[string, { count: number }]>): Record<string, number> =>
    Object.fromEntries([...incidents].map(([name, { count }]) => [name, count] as const).sort());
  equal(counts(open.map((incident) => [incident.fingerprint, incident])), counts(model.open));

  const landed = new Map(log.map(({ id }, place) => [id, place]));
  for (const later of answered) {
    for (const earlier of answered) {
      if (earlier.answered > later.posted) continue;
      ok(
        landed.get(earlier.logged!.id)! < landed.get(later.logged!.id)!,
        `${later.name} was posted after the answer to ${earlier.name}`,
      );
    }
  }
}

const property = (mutant: Partial<InterleavedOptions>): fc.IAsyncProperty<[Run]> =>
  fc.asyncProperty(runs, async (run) => hold(await work(run, mutant)));

Deno.test("whatever overtakes what, several writers decide as one alone would, and lose and count nothing twice", async () => {
  await fc.assert(property({}), { numRuns: 60, examples: [[OVERTAKEN]] });
});

const MUTANTS: Readonly<Record<string, Partial<InterleavedOptions>>> = {
  "does not check the incidents that it decided on": { skips: ([kind]) => kind === "window" },
  "checks only the incidents that it changes": { skips: ([kind], written) => kind === "window" && !written },
  "does not check its own cell": { skips: ([kind]) => kind === "writer" },
  "counts all commits in one cell": {
    instead: ([kind, hour, ...rest]) => kind === "tally" ? [kind, hour!, "one"] : [kind!, hour!, ...rest],
  },
};

for (const [name, mutant] of Object.entries(MUTANTS)) {
  Deno.test(`the property finds a writer that ${name}`, async () => {
    const options = { numRuns: 500, endOnFailure: true, examples: [[OVERTAKEN] as [Run]] };
    const { failed } = await fc.check(property(mutant), options);
    ok(failed);
  });
}
