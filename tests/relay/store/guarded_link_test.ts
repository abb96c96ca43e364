import { deepStrictEqual as equal, match, ok, rejects, throws } from "node:assert/strict";
import { turnOfLoop } from "../../../relay/base/event_loop.ts";
import { StoreAwayError } from "../../../relay/store/errors.ts";
import { type Connection, type Connector, GuardedLink } from "../../../relay/store/guarded_link.ts";
import type { Kv } from "../../../relay/store/kv.ts";
import { TestClock } from "../../kit/clock.ts";

const MINUTE = 60_000;

/** The behaviour of a database: it answers, refuses to connect, or does not answer. */
type Mood = "answers" | "refuses" | "hangs";

/** A shared database that is as sick as a test wants it. */
class SickDatabase implements Connector {
  mood: Mood = "answers";
  readonly cancels: boolean;
  connects = 0;
  /** Requests that reached it, connections included. */
  requests = 0;
  /** Connections that were not ended. */
  readonly live = new Set<Connection>();
  lose: (because: string) => void = () => {};

  constructor({ cancels = true } = {}) {
    this.cancels = cancels;
  }

  connect(lost: (because: string) => void): Connection {
    this.connects++;
    this.lose = lost;
    const kv = {
      get: (key: Deno.KvKey) => this.ask({ key, value: null, versionstamp: null }),
      set: () => this.ask(undefined),
      atomic: () => undefined,
      watch: () => new ReadableStream(),
    } as unknown as Kv;
    const connection = { opened: this.ask(kv), end: () => void this.live.delete(connection) };
    this.live.add(connection);
    return connection;
  }

  async ask<T>(answer: T): Promise<T> {
    this.requests++;
    if (this.mood === "hangs") return await new Promise(() => {});
    if (this.mood === "refuses") throw new Error("the metadata endpoint at http://10.0.0.7/ says 503");
    return answer;
  }
}

/** A link to it, connected, with its reports. */
interface Linked {
  readonly clock: TestClock;
  readonly database: SickDatabase;
  readonly reports: string[];
  readonly link: GuardedLink;
  ask(): Promise<unknown>;
  pass(ms: number): Promise<void>;
}

async function linked({ cancels = true } = {}): Promise<Linked> {
  const clock = new TestClock();
  const database = new SickDatabase({ cancels });
  const reports: string[] = [];
  const link = new GuardedLink(database, { clock, report: (words) => void reports.push(words) });
  await link.whenUp();
  return { clock, database, reports, link, ask: () => ask(link), pass: (ms: number) => pass(clock, ms) };
}

function ask(link: GuardedLink): Promise<unknown> {
  return link.run((kv) => kv.get(["a"]), { action: "read the log", within: 1_500 });
}

/** Advances the clock in small steps, with the due timers. */
async function pass(clock: TestClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(Math.min(500, ms - passed));
    await turnOfLoop();
    await turnOfLoop();
  }
}

const AWAY = {
  name: "StoreError",
  kind: "unavailable",
  message: "Cannot read the log: the database does not answer",
};

Deno.test("one operation that is not answered fails all that wait, and the next ones at once", async () => {
  const { database, link, ask, pass } = await linked();
  database.mood = "hangs";
  const first = rejects(ask(), AWAY);
  await pass(1_000);
  const second = rejects(ask(), AWAY);
  equal(link.state, "closed");
  await pass(500);
  await Promise.all([first, second]);
  equal([link.state, link.openings], ["open", 1]);
  const { requests } = database;
  await rejects(ask(), StoreAwayError);
  throws(() => link.atomic("write the log"), StoreAwayError);
  throws(() => link.watch([["a"]], "watch the log"), StoreAwayError);
  equal(database.requests, requests, "nothing but probes reaches the database");
  link.stop();
});

for (const mood of ["hangs", "refuses"] as const) {
  Deno.test(`a database that ${mood} for 20 minutes gets one probe each half second, and the log a line a minute`, async () => {
    const { database, reports, link, ask, pass } = await linked();
    database.mood = "hangs";
    const late = rejects(ask(), AWAY);
    await pass(1_500);
    await late;
    database.mood = mood;
    const { requests } = database;
    let most = 0;
    for (let minute = 0; minute < 20; minute++) {
      const before = database.requests;
      for (let half = 0; half < 120; half++) {
        await rejects(ask(), StoreAwayError);
        await pass(500);
        most = Math.max(most, database.live.size);
      }
      ok(database.requests - before <= 121, `${database.requests - before} in minute ${minute}`);
    }
    ok(database.requests - requests >= 2_300, "it is asked all the time");
    ok(most <= 4, `${most} connections at once`);
    ok(reports.length <= 21, `${reports.length} lines`);
    link.stop();
    equal(database.live.size, 0, "every connection was ended");
  });
}

Deno.test("the first operation after a recovery waits for one probe at most, also when the old connection never answers", async () => {
  const { database, reports, link, ask, pass } = await linked();
  database.mood = "hangs";
  const late = rejects(ask(), AWAY);
  await pass(30_000);
  await late;
  let back = 0;
  link.whenBack(() => back++);
  database.mood = "answers";
  await pass(500);
  await ask();
  equal([link.state, back, database.live.size], ["closed", 1, 1]);
  match(reports.at(-1)!, /^The database answers again, after 2\d s$/);
  link.stop();
});

Deno.test("an operation that fails at once leaves the link as it is", async () => {
  const { database, link, ask } = await linked();
  database.mood = "refuses";
  await rejects(ask(), /503/);
  equal(link.state, "closed");
  link.stop();
});

Deno.test("a client that ends by itself is an outage", async () => {
  const { database, reports, link, ask } = await linked();
  database.mood = "hangs";
  const waiting = rejects(ask(), AWAY);
  database.lose("the client of the database has ended");
  await waiting;
  equal(link.state, "open");
  match(reports[0]!, /^The database does not answer: the client of the database has ended; /);
  link.stop();
});

Deno.test("an answer that comes while the process was busy is in time", async () => {
  const { clock, database, link } = await linked();
  let answer = (): void => {};
  database.ask = () => new Promise((resolve) => answer = () => resolve(undefined as never));
  const asked = ask(link);
  setImmediate(() => answer()); // it has arrived, and waits for its turn as the timer does
  clock.advance(1_500);
  await asked;
  await turnOfLoop(); // the time limit looks again
  equal(link.state, "closed");
  link.stop();
});

Deno.test("a start without a database waits for it, and says why in the meantime", async () => {
  const clock = new TestClock();
  const database = new SickDatabase();
  const reports: string[] = [];
  database.mood = "refuses";
  const link = new GuardedLink(database, { clock, report: (words) => void reports.push(words) });
  let isUp = false;
  const up = link.whenUp().then(() => isUp = true);
  await pass(clock, 10_000);
  equal([isUp, link.openings], [false, 0]);
  match(link.outage!.because, /^the metadata endpoint/);
  database.mood = "answers";
  await pass(clock, 500);
  await up;
  equal(link.outage, undefined);
  equal(reports.length, 2);
  await ask(link);
  link.stop();
});

Deno.test("where nothing cancels a hanging probe, the next ones come ever more rarely", async () => {
  const { database, link, ask, pass } = await linked({ cancels: false });
  database.mood = "hangs";
  const late = rejects(ask(), AWAY);
  await pass(20 * MINUTE);
  await late;
  ok(database.connects <= 35, `${database.connects} connections`);
  database.mood = "answers";
  await pass(MINUTE);
  equal(link.state, "closed");
  link.stop();
});

Deno.test("a link that is stopped fails what waits, and tries nothing any more", async () => {
  const { clock, database, link, ask, pass } = await linked();
  database.mood = "hangs";
  const waiting = rejects(ask(), AWAY);
  link.stop();
  await waiting;
  await rejects(ask(), AWAY);
  const { requests } = database;
  await pass(10_000);
  equal([database.requests, database.live.size, clock.next], [requests, 0, undefined]);
});
