import { deepStrictEqual as equal, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";

Deno.test("a silence is made, listed by its state, read, and ended", async () => {
  await using house = await testRelay();
  const now = house.clock.now();
  const made = await api(house, "POST", "silences", {
    body: {
      matchers: ['alertname="Disk"', 'instance=~"db-.*"'],
      from: new Date(now + HOUR).toISOString(),
      duration: "2h",
      author: "li.lei",
      comment: "换盘",
    },
  });
  equal(made.status, 201);
  const { id, ...silence } = made.body.silence;
  equal(silence, {
    matchers: ['alertname="Disk"', 'instance=~"db-.*"'],
    from: now + HOUR,
    until: now + 3 * HOUR,
    author: "li.lei",
    comment: "换盘",
    createdAt: now,
    state: "pending",
  });
  const idsOf = async (state: string): Promise<string[]> =>
    (await api(house, "GET", `silences?state=${state}`)).body.silences.map((one: { id: string }) => one.id);
  equal([await idsOf("pending"), await idsOf("active"), await idsOf("all")], [[id], [], [id]]);
  house.clock.advance(HOUR);
  equal([await idsOf("pending"), await idsOf("active")], [[], [id]]);
  equal((await api(house, "GET", `silences/${id}`)).body.silence.state, "active");
  house.clock.advance(1_000);
  const ended = await api(house, "DELETE", `silences/${id}`);
  equal([ended.body.silence.state, ended.body.silence.expiredAt], ["expired", now + HOUR + 1_000]);
  house.clock.advance(1_000);
  const again = await api(house, "DELETE", `silences/${id}`);
  equal(again.body.silence.expiredAt, now + HOUR + 1_000, "it ended then, not now");
  equal([await idsOf("expired"), await idsOf("active")], [[id], []]);
});

Deno.test("a silence until resolved covers what fires, lets the end of it through, and is over with its last incident", async () => {
  const kv = await Deno.openKv(":memory:");
  const house = await testRelay({ kv });
  const post = async (instance: string, status: "firing" | "resolved" = "firing"): Promise<string> => {
    await house.fire({ status, labels: { instance } });
    const [newest] = await house.relay.store.log.newest(1);
    house.clock.advance(1_000);
    return Object.values(newest!.routing[0]!.outcome).slice(0, 2).join(" ");
  };
  equal([await post("db-1"), await post("db-2")], ["told first", "told first"]);
  const made = await api(house, "POST", "silences", {
    body: { matchers: ["alertname=Test"], until_resolved: true },
  });
  equal(made.status, 201, JSON.stringify(made.body));
  const { id, incidents, until, from } = made.body.silence;
  equal([incidents.length, until - from], [2, 30 * 24 * HOUR]);
  house.clock.advance(HOUR); // every window is over
  equal(await post("db-1"), "suppressed silence");
  equal(await post("db-1", "resolved"), "told resolved", "the group knows of it, and hears of its end");
  equal(await post("db-3"), "suppressed silence", "what is new while it lasts is covered");
  const stateOf = async (): Promise<string[]> => {
    const { state, expiredBy } = (await api(house, "GET", `silences/${id}`)).body.silence;
    return [state, expiredBy];
  };
  equal(await stateOf(), ["active", undefined]);
  equal(await post("db-2", "resolved"), "told resolved");
  equal(await stateOf(), ["expired", "resolved"]);
  equal(await post("db-1"), "told first", "from that very moment people are told again");
  const { entries } = (await api(house, "GET", "audit?what=silences")).body;
  equal(entries.map(({ by, action }: { by: string; action: string }) => [by, action]), [
    ["fenghuo", "ended"],
    ["admin", "added"],
  ]);
  await house[Symbol.asyncDispose]();
  kv.close();
});

Deno.test("a silence until resolved that a restart interrupted ends within the next minute's tidying", async () => {
  const kv = await Deno.openKv(":memory:");
  const first = await testRelay({ kv });
  await first.accept({});
  const body = { matchers: ["alertname=Test"], until_resolved: true, duration: "2d" };
  const { silence } = (await api(first, "POST", "silences", { body })).body;
  equal(silence.until - silence.from, 48 * HOUR);
  // The process ends between the commit of the resolved alert and that of the silence's end.
  first.relay.store.silences.put = () => Promise.reject(new Error("killed"));
  await first.accept({ status: "resolved" });
  await first[Symbol.asyncDispose]();
  await using second = await testRelay({ kv, clock: first.clock });
  equal((await api(second, "GET", "silences")).body.silences[0].state, "active");
  await second.relay.tidy();
  equal((await api(second, "GET", "silences?state=all")).body.silences[0].expiredBy, "resolved");
  kv.close();
});

Deno.test("a caller without a name is the administrator, and a time may be a number", async () => {
  await using house = await testRelay();
  const until = house.clock.now() + HOUR;
  const { body } = await api(house, "POST", "silences", { body: { matchers: ["a=b"], until } });
  equal([body.silence.author, body.silence.comment, body.silence.until, body.silence.state], [
    "admin",
    "",
    until,
    "active",
  ]);
});

Deno.test("a preview shows the open incidents that matchers cover, and changes nothing", async () => {
  await using house = await testRelay();
  for (const instance of ["db-1", "db-2", "web-1"]) {
    await house.accept({ labels: { instance } });
  }
  await house.accept({ status: "resolved", labels: { instance: "db-2" } });
  const preview = async (matcher: string): Promise<[number, number]> => {
    const { body } = await api(house, "POST", "silences/preview", { body: { matchers: [matcher] } });
    return [body.total, body.incidents.length];
  };
  equal(await preview('instance=~"db-.*"'), [1, 1]);
  equal(await preview("alertname=Test"), [2, 2]);
  equal(await preview("alertname=Other"), [0, 0]);
  equal((await api(house, "GET", "silences")).body.silences, []);
});

const MATCHERS = ["alertname=Test"];
const WRONG: [string, unknown, RegExp][] = [
  ["nothing", {}, /^matchers: is missing; a list is needed/],
  ["no object", [], /^The body: must be a mapping, not a list/],
  ["no matcher", { matchers: [], duration: "1h" }, /^matchers: must not be empty/],
  ["a matcher without operator", { matchers: ["a=b", "x"], duration: "1h" }, /^matchers\[1\]: an operator/],
  [
    "two matchers in one text",
    { matchers: ["a=b,c=d"], duration: "1h" },
    /^matchers\[0\]: one matcher is needed/,
  ],
  ["a bad expression", { matchers: ['a=~"("'], duration: "1h" }, /^matchers\[0\]: the regular expression/],
  ["all alerts", { matchers: ['a=~".*"'], duration: "1h" }, /^matchers: would cover alerts that have none/],
  [
    "nothing to wait for",
    { matchers: MATCHERS, until_resolved: true },
    /^until_resolved: no open incident matches, so there is nothing to wait for; give until or duration/,
  ],
  ["no end", { matchers: MATCHERS }, /^until: is missing; give it, or a duration/],
  [
    "two ends",
    { matchers: MATCHERS, duration: "1h", until: 9e12 },
    /^duration: cannot be combined with until/,
  ],
  ["a bad duration", { matchers: MATCHERS, duration: "soon" }, /^duration: must be a duration such as/],
  ["a bad time", { matchers: MATCHERS, until: "tomorrow" }, /^until: must be a time such as/],
  ["the past", { matchers: MATCHERS, from: 1, until: 2 }, /^until: is in the past/],
  [
    "an end before its beginning",
    { matchers: MATCHERS, from: 9e12, until: 8e12 },
    /^until: must be after from/,
  ],
  ["a key that nobody knows", { matchers: MATCHERS, until: 9e12, coment: "x" }, /^coment: .*comment/],
];

for (const [name, body, words] of WRONG) {
  Deno.test(`a silence with ${name} is 422 with what would be right`, async () => {
    await using house = await testRelay();
    const answer = await api(house, "POST", "silences", { body });
    equal(answer.status, 422);
    match(answer.body.error, words);
    equal((await api(house, "GET", "silences")).body.silences, []);
  });
}

Deno.test("a silence that is not there is 404, a state that is none 422, and a body that is no JSON 400", async () => {
  await using house = await testRelay();
  for (const method of ["GET", "DELETE"]) {
    const { status, body } = await api(house, method, "silences/nothing");
    equal([status, body], [404, { error: "There is no silence of this id, or it is no longer kept" }]);
  }
  const { status, body } = await api(house, "GET", "silences?state=half");
  equal(status, 422);
  match(body.error, /^state: must be one of all, pending, active, expired/);
  const headers = { authorization: `Bearer test-password` };
  const broken = await house.request("/api/silences", { method: "POST", body: "{", headers });
  equal(broken.status, 400);
  match((await broken.json()).error, /^The body is not JSON/);
});

Deno.test("a silence whose matchers cost too much is refused in words, alone and beside the others", async () => {
  await using house = await testRelay();
  const of = (matchers: string[]): unknown => ({ body: { matchers, duration: "1h" } });
  const make = (matchers: string[]) =>
    api(house, "POST", "silences", of(matchers) as Record<string, unknown>);
  const large = await make(Array.from({ length: 50 }, (_, at) => `a=~"${"(?:x*){1000}".repeat(80)}|${at}"`));
  equal(large.status, 422);
  match(
    JSON.stringify(large.body),
    /matchers\[0\]: the regular expression compiles to about \d+ instructions/,
  );
  const together = await make(Array.from({ length: 50 }, (_, at) => `a=~"x{${900 + at}}"`));
  equal(together.status, 422);
  match(JSON.stringify(together.body), /all matchers may have 10000 instructions/);
  const statuses: number[] = [];
  for (let round = 0; round < 12; round++) {
    statuses.push((await make(Array.from({ length: 9 }, (_, at) => `a=~"x{${990 + at}}"`))).status);
  }
  equal(statuses, [...Array(11).fill(201), 413]);
  const { body } = await make(Array.from({ length: 9 }, (_, at) => `a=~"x{${990 + at}}"`));
  match(body.error, /end some of them first/);
  const [{ id }] = (await api(house, "GET", "silences")).body.silences;
  await api(house, "DELETE", `silences/${id}`);
  equal((await make(['a=~"x{900}"'])).status, 201, "one that has ended makes room");
});
