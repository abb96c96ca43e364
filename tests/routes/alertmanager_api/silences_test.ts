import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const MATCHERS = [
  { name: "alertname", value: "Disk", isRegex: false, isEqual: true },
  { name: "instance", value: "db-.*", isRegex: true, isEqual: false },
];

const iso = (time: number): string => new Date(time).toISOString();

const draftOf = (house: TestRelay, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  matchers: MATCHERS,
  startsAt: iso(house.clock.now()),
  endsAt: iso(house.clock.now() + HOUR),
  createdBy: "li.lei",
  comment: "换盘",
  ...more,
});

async function make(house: TestRelay, body: Record<string, unknown>): Promise<string> {
  const made = await api(house, "POST", "v2/silences", { body });
  equal(made.status, 200, JSON.stringify(made.body));
  return made.body.silenceID;
}

Deno.test("a silence that Alertmanager's client makes is the console's, with its author and an audit record", async () => {
  await using house = await testRelay();
  const now = house.clock.now();
  const id = await make(house, draftOf(house));
  const { body: { silence } } = await api(house, "GET", `silences/${id}`);
  equal([silence.matchers, silence.from, silence.until, silence.author, silence.comment, silence.state], [
    ['alertname="Disk"', 'instance!~"db-.*"'],
    now,
    now + HOUR,
    "li.lei",
    "换盘",
    "active",
  ]);
  equal((await api(house, "GET", `v2/silence/${id}`)).body, {
    id,
    status: { state: "active" },
    updatedAt: iso(now),
    matchers: MATCHERS,
    startsAt: iso(now),
    endsAt: iso(now + HOUR),
    createdBy: "li.lei",
    comment: "换盘",
  });
  const { body: { entries } } = await api(house, "GET", "audit");
  equal([entries[0].action, entries[0].what, entries[0].by], ["added", `silences/${id}`, "admin"]);
});

Deno.test("with an id, a silence is changed in place while matchers and a past start stay; otherwise it ends, and a new one begins", async () => {
  await using house = await testRelay();
  const now = house.clock.now();
  const other = [{ ...MATCHERS[0], value: "Other" }];
  /** The change after a minute, and whether the silence stays the same. */
  const changes: [name: string, first: object, change: object, inPlace: boolean][] = [
    ["a later end", {}, { endsAt: iso(now + 2 * HOUR) }, true],
    ["the matchers in another order", {}, { matchers: MATCHERS.toReversed() }, true],
    ["another author", {}, { createdBy: "han", comment: "longer" }, true],
    ["other matchers", {}, { matchers: other }, false],
    ["another start", {}, { startsAt: iso(now + HOUR), endsAt: iso(now + 3 * HOUR) }, false],
    ["a pending start later", { startsAt: iso(now + HOUR), endsAt: iso(now + 2 * HOUR) }, {
      startsAt: iso(now + 1.5 * HOUR),
    }, true],
    ["a pending start now", { startsAt: iso(now + HOUR), endsAt: iso(now + 2 * HOUR) }, {
      startsAt: iso(now),
    }, false],
  ];
  for (const [name, first, change, inPlace] of changes) {
    await using house = await testRelay();
    const draft = draftOf(house, first as Record<string, unknown>);
    const id = await make(house, draft);
    house.clock.advance(60_000);
    const after = await make(house, { ...draft, id, ...change });
    equal(after === id, inPlace, name);
    const states = (await api(house, "GET", "v2/silences")).body.map((
      { status: { state } }: { status: { state: string } },
    ) => state);
    equal(states.length, inPlace ? 1 : 2, name);
    if (!inPlace) equal(states[1], "expired", name);
    const { body } = await api(house, "GET", `v2/silence/${after}`);
    const { createdBy, comment, endsAt } = { ...draft, ...change } as Record<string, string>;
    equal([body.createdBy, body.comment, body.endsAt], [createdBy, comment, endsAt], name);
    equal(body.updatedAt, iso(house.clock.now()), name);
    ok(Date.parse(body.startsAt) >= (inPlace ? now : house.clock.now()), name);
  }
});

Deno.test("an expired silence that is changed becomes a new one, and an unknown one is not found", async () => {
  await using house = await testRelay();
  const id = await make(house, draftOf(house));
  equal((await api(house, "GET", `v2/silence/${id}`)).body.status.state, "active");
  const ended = await house.request(`/api/v2/silence/${id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  equal([ended.status, await ended.text()], [200, ""]);
  const { body } = await api(house, "GET", `v2/silence/${id}`);
  equal([body.status.state, body.endsAt], ["expired", iso(house.clock.now())]);
  const next = await make(house, draftOf(house, { id }));
  ok(next !== id);
  equal(await api(house, "POST", "v2/silences", { body: draftOf(house, { id: "unknown" }) }), {
    status: 404,
    body: "silence not found",
  });
  for (const method of ["GET", "DELETE"]) {
    equal(await api(house, method, "v2/silence/unknown"), { status: 404, body: "silence not found" });
  }
});

Deno.test("silences are listed by state and by the matchers that they have", async () => {
  await using house = await testRelay();
  const now = house.clock.now();
  const active = await make(house, draftOf(house, { endsAt: iso(now + 2 * HOUR) }));
  const sooner = await make(house, draftOf(house, { matchers: [MATCHERS[0]] }));
  const pending = await make(house, draftOf(house, { startsAt: iso(now + 60_000) }));
  const expired = await make(house, draftOf(house));
  await house.request(`/api/v2/silence/${expired}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  const asked: [query: string, ids: string[]][] = [
    ["", [sooner, active, pending, expired]],
    ["?expired=false", [sooner, active, pending]],
    ["?active=false&pending=0", [expired]],
    ['?filter=alertname="Disk"&expired=false', [sooner, active, pending]],
    ['?filter=alertname%3DDisk&filter=instance!~"db-.*"&expired=false', [active, pending]],
    ['?filter=alertname=~"Disk"', []],
    ['?filter=instance!~"db-1"', []],
  ];
  for (const [query, ids] of asked) {
    const { body } = await api(house, "GET", `v2/silences${query}`);
    equal(body.map(({ id }: { id: string }) => id), ids, query);
  }
  const { status, body } = await api(house, "GET", "v2/silences?filter=foo");
  equal(status, 400);
  match(body, /^bad matcher format: foo: an operator is needed/);
});

Deno.test("a silence that Alertmanager would refuse is refused with its status and in its form", async () => {
  await using house = await testRelay();
  const past = iso(house.clock.now() - HOUR);
  const refused: [change: Record<string, unknown>, status: number, answer: RegExp][] = [
    [{ comment: undefined }, 422, /^\{"code":602,"message":"comment in body is required"\}$/],
    [{ createdBy: null }, 422, /^\{"code":602,"message":"createdBy in body is required"\}$/],
    [{ endsAt: undefined }, 422, /^\{"code":602,"message":"endsAt in body is required"\}$/],
    [{ matchers: undefined }, 422, /^\{"code":602,"message":"matchers in body is required"\}$/],
    [{ matchers: [] }, 422, /^\{"code":612,"message":"matchers in body should have at least 1 items"\}$/],
    [{ matchers: [{ name: "a" }] }, 422, /"code":602,"message":"matchers.0.isRegex in body is required"/],
    [{ matchers: {} }, 400, /^\{"code":400,"message":"parsing silence body/],
    [{ startsAt: "yesterday" }, 400, /^\{"code":400,"message":"parsing silence body.*yesterday/],
    [{ startsAt: 5 }, 400, /^\{"code":400,"message":"parsing silence body.*startsAt/],
    [
      { matchers: [{ name: "a", value: "", isRegex: false }] },
      400,
      /^"silence invalid: at least one matcher must not match the empty string"$/,
    ],
    [
      { matchers: [{ name: "a", value: "(", isRegex: true }] },
      400,
      /^"silence invalid: invalid label matcher 0: the regular expression/,
    ],
    [
      { matchers: [{ name: "", value: "x", isRegex: false }] },
      400,
      /^"silence invalid: invalid label matcher 0/,
    ],
    [
      { endsAt: past, startsAt: past },
      400,
      /^"Failed to create silence: start time must be before end time"$/,
    ],
    [
      { startsAt: iso(house.clock.now() - 2 * HOUR), endsAt: past },
      400,
      /^"Failed to create silence: end time can't be in the past"$/,
    ],
    [{ comment: "x".repeat(1_001) }, 400, /^"silence invalid: comment is too long: at most 1000/],
    [{ createdBy: "x".repeat(101) }, 400, /^"silence invalid: createdBy is too long/],
    [{ matchers: Array(51).fill(MATCHERS[0]) }, 400, /^"silence invalid: too many matchers/],
    [
      { matchers: [{ ...MATCHERS[0], value: "x".repeat(3_000) }] },
      400,
      /too long: at most 2000 characters"$/,
    ],
  ];
  for (const [change, status, answer] of refused) {
    const made = await api(house, "POST", "v2/silences", { body: draftOf(house, change) });
    equal(made.status, status, JSON.stringify(change));
    match(JSON.stringify(made.body), answer);
  }
  const post = (body: string, type = "application/json"): Promise<Response> =>
    house.request("/api/v2/silences", {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${SECRETS.adminPassword}`, "content-type": type },
    });
  const raw: [body: string, type: string, status: number, answer: RegExp][] = [
    ["", "application/json", 422, /"code":602,"message":"silence in body is required"/],
    ["{", "application/json", 400, /"code":400,"message":"parsing silence body/],
    ["[]", "application/json", 400, /"code":400,"message":"parsing silence body.*the body/],
    ["5", "application/json", 400, /"code":400/],
    ["{}", "text/plain", 415, /"code":415,"message":"unsupported media type \\"text\/plain\\"/],
  ];
  for (const [body, type, status, answer] of raw) {
    const response = await post(body, type);
    equal(response.status, status, body);
    match(await response.text(), answer);
  }
  equal((await api(house, "GET", "silences")).body.silences, []);
});

Deno.test("Go's zero time as the start is now", async () => {
  await using house = await testRelay();
  const id = await make(house, draftOf(house, { startsAt: "0001-01-01T00:00:00.000Z" }));
  equal((await api(house, "GET", `v2/silence/${id}`)).body.startsAt, iso(house.clock.now()));
});

Deno.test("a reader may list silences and not make or end one", async () => {
  await using house = await testRelay();
  const id = await make(house, draftOf(house));
  const { body: { token } } = await api(house, "POST", "tokens", { body: { name: "karma", scope: "read" } });
  const ask = async (method: string, path: string, body?: string): Promise<number> => {
    const response = await house.request(`/api/v2/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...body === undefined ? {} : { body },
    });
    await response.body?.cancel();
    return response.status;
  };
  equal(await ask("GET", "silences"), 200);
  equal(await ask("POST", "silences", JSON.stringify(draftOf(house))), 403);
  equal(await ask("DELETE", `silence/${id}`), 403);
});
