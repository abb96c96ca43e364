import { ok } from "node:assert/strict";
import fc from "fast-check";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const headers = { authorization: `Bearer ${SECRETS.adminPassword}`, "content-type": "application/json" };

/** Answers that contain the error. */
const FORESEEN = new Set([200, 400, 404, 413, 422]);

async function expectForeseen(house: TestRelay, path: string, init: RequestInit = {}): Promise<void> {
  const response = await house.request(path, { ...init, headers });
  const text = await response.text();
  ok(FORESEEN.has(response.status), `${path}: ${response.status} ${text}`);
  if (text !== "") JSON.parse(text);
}

const wild = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "a=~(",
    'a="',
    "a=b,c=d",
    "{}",
    "=",
    "a=~.{1000}",
    "__proto__=x",
    "a!~[",
    "constructor=~.*",
  ),
);

Deno.test("any filter is answered, or refused in words", async () => {
  await using house = await testRelay();
  await house.fire({ labels: { alertname: "Disk", constructor: "x" } });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("alerts", "alerts/groups", "silences"),
      fc.array(wild, { maxLength: 3 }),
      wild,
      async (path, filters, other) => {
        const query = new URLSearchParams(filters.map((filter) => ["filter", filter]));
        query.set("receiver", other);
        query.set("active", other);
        await expectForeseen(house, `/api/v2/${path}?${query}`);
      },
    ),
    { numRuns: 150 },
  );
});

const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom("2099-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "x"),
  fc.jsonValue(),
);

const silence = fc.record({
  id: fc.oneof(fc.string(), fc.jsonValue()),
  matchers: fc.oneof(
    fc.array(
      fc.record({
        name: fc.oneof(wild, fc.jsonValue()),
        value: fc.oneof(wild, fc.jsonValue()),
        isRegex: fc.oneof(fc.boolean(), fc.jsonValue()),
        isEqual: fc.oneof(fc.boolean(), fc.jsonValue()),
      }, { requiredKeys: [] }),
      { maxLength: 3 },
    ),
    fc.jsonValue(),
  ),
  startsAt: time,
  endsAt: time,
  createdBy: fc.oneof(fc.string(), fc.jsonValue()),
  comment: fc.oneof(fc.string(), fc.jsonValue()),
}, { requiredKeys: [] });

Deno.test("any silence is made as it is read back, or refused in words", async () => {
  await using house = await testRelay();
  await fc.assert(
    fc.asyncProperty(fc.oneof(silence, fc.jsonValue()), async (body) => {
      await expectForeseen(house, "/api/v2/silences", { method: "POST", body: JSON.stringify(body) });
      await expectForeseen(house, "/api/v2/silences");
    }),
    { numRuns: 150 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1, maxLength: 50 }),
      fc.string({ minLength: 1, maxLength: 50 }),
      fc.boolean(),
      async (name, value, isEqual) => {
        const now = house.clock.now();
        const response = await house.request("/api/v2/silences", {
          method: "POST",
          headers,
          body: JSON.stringify({
            matchers: [{ name, value, isRegex: false, isEqual }, {
              name: "alertname",
              value: "Disk",
              isRegex: false,
            }],
            startsAt: new Date(now).toISOString(),
            endsAt: new Date(now + 60_000).toISOString(),
            createdBy: "test",
            comment: "",
          }),
        });
        const { silenceID } = await response.json();
        const { matchers } = await (await house.request(`/api/v2/silence/${silenceID}`, { headers })).json();
        ok(
          matchers[0].name === name && matchers[0].value === value && matchers[0].isEqual === isEqual,
          JSON.stringify([name, value, matchers]),
        );
        await (await house.request(`/api/v2/silence/${silenceID}`, { method: "DELETE", headers })).body
          ?.cancel();
      },
    ),
    { numRuns: 100 },
  );
});
