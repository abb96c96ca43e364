import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { testRelay } from "../../kit/relay.ts";

const anyText = fc.string({ unit: "binary", maxLength: 40 });
const labels = fc.dictionary(anyText, anyText, { maxKeys: 6 });
const instant = fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }).map((date) =>
  date.toISOString()
);

const alert = fc.record({
  status: fc.constantFrom("firing", "resolved"),
  labels,
  annotations: fc.option(labels, { nil: undefined }),
  startsAt: fc.option(instant, { nil: undefined }),
  endsAt: fc.constantFrom("0001-01-01T00:00:00Z", undefined, "2026-01-31T08:00:00.123456789+08:00"),
  generatorURL: fc.option(fc.oneof(fc.webUrl(), anyText), { nil: undefined }),
  something: fc.jsonValue(),
});

Deno.test("whatever JSON is posted is taken or refused with a reason, never a failure of ours", async () => {
  await using house = await testRelay();
  const bodies = fc.oneof(
    fc.json(),
    anyText,
    fc.record({ alerts: fc.jsonValue() }).map((body) => JSON.stringify(body)),
    fc.record({ alerts: fc.array(fc.oneof(alert, fc.jsonValue()), { maxLength: 4 }) }).map((body) =>
      JSON.stringify(body)
    ),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const response = await house.request("/webhook", { method: "POST", body });
      const answer = await response.json();
      ok([200, 400, 422].includes(response.status), `${response.status} ${JSON.stringify(answer)}`);
      ok(response.status === 200 || answer.error.length > 10);
    }),
    { numRuns: 500 },
  );
  await house.settle();
  equal(house.reports, []);
});

Deno.test("whatever correct alerts are posted are all stored, and each trouble is delivered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(alert, { minLength: 1, maxLength: 8 }), async (alerts) => {
      await using house = await testRelay();
      const response = await house.request("/webhook", { method: "POST", body: JSON.stringify({ alerts }) });
      const { accepted, notifications } = await response.json();
      equal([response.status, accepted], [200, alerts.length]);
      await house.settle();
      const told = await house.relay.store.caches.newest("inbox", 100) as {
        alerts: number;
        title: string;
        body: string;
      }[];
      equal(told.reduce((sum, message) => sum + message.alerts, 0), notifications);
      ok(
        told.every(({ title, body }) =>
          title.isWellFormed() && body.isWellFormed() && title !== "" && body !== ""
        ),
      );
      equal(house.reports, []);
    }),
    { numRuns: 100 },
  );
});
