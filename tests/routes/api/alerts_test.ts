import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

interface Answer {
  readonly alerts: readonly {
    readonly id: string;
    readonly alert: { readonly title?: string };
    readonly words?: { readonly title: string };
  }[];
  readonly next: string | null;
  readonly error?: string;
}

async function get(house: TestRelay, query: string): Promise<{ status: number; body: Answer }> {
  const response = await house.request(`/api/alerts${query}`, {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  return { status: response.status, body: await response.json() };
}

async function filled(): Promise<TestRelay> {
  const house = await testRelay({
    yaml: `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: db, level: "1", destinations: [{ channel: inbox }] }
rules: [{ match: ['job="mysql"'], group: db/1 }]`,
  });
  for (
    const alerts of [
      [{ labels: { alertname: "HighCPU", instance: "web-1", severity: "critical" } }],
      [{ labels: { alertname: "HighCPU", instance: "web-1", severity: "critical" } }],
      [{
        labels: { alertname: "DiskFull", job: "mysql", severity: "warning" },
        annotations: { message: "磁盘已满" },
      }],
      [{
        status: "resolved" as const,
        labels: { alertname: "HighCPU", instance: "web-1", severity: "critical" },
      }],
    ]
  ) {
    await house.accept(...alerts);
    house.clock.advance(60_000);
  }
  return house;
}

Deno.test("the log is filtered and searched, and folded alerts are found by the words of their incident", async () => {
  await using house = await filled();
  for (
    const [query, titles] of [
      ["", ["HighCPU", "DiskFull", "HighCPU", "HighCPU"]],
      ["?status=resolved", ["HighCPU"]],
      ["?severity=warning", ["DiskFull"]],
      ["?severity=warning,critical&status=firing", ["DiskFull", "HighCPU", "HighCPU"]],
      ["?group=db/1", ["DiskFull"]],
      ["?dialect=ocp", []],
      ["?dialect=alertmanager&q=INSTANCE=web", ["HighCPU", "HighCPU", "HighCPU"]],
      ["?q=磁盘", ["DiskFull"]],
      ["?q=high+web-1&told=true", ["HighCPU", "HighCPU"]],
      ["?q=&group=&status=", ["HighCPU", "DiskFull", "HighCPU", "HighCPU"]],
      ["?from=150s", ["HighCPU", "DiskFull"]],
      ["?to=2026-01-31T08:01:00Z", ["HighCPU"]],
    ] as const
  ) {
    const { status, body } = await get(house, query);
    equal(status, 200, query);
    equal(body.alerts.map(({ alert, words }) => alert.title ?? words?.title), titles, query);
    equal(body.next, null);
  }
});

Deno.test("`next` goes on where a page ended, whatever came in meanwhile", async () => {
  await using house = await filled();
  const first = await get(house, "?limit=3");
  await house.accept({ labels: { alertname: "Later" } });
  const second = await get(house, `?limit=3&cursor=${first.body.next}`);
  equal(new Set([...first.body.alerts, ...second.body.alerts].map(({ id }) => id)).size, 4);
  equal(second.body.next, null);
});

Deno.test("what is asked wrongly is named, field by field", async () => {
  await using house = await testRelay();
  for (
    const [query, complaint] of [
      ["?status=burning", /status: /],
      ["?severity=critical,bad", /severity/],
      ["?from=yesterday", /from: must be a time such as/],
      ["?cursor=1", /cursor: must be an alert's id/],
      ["?limit=0", /limit: /],
      ["?told=maybe", /told: /],
      [`?q=${"x".repeat(201)}`, /q: /],
      ["?stauts=firing", /stauts: .*status/],
    ] as const
  ) {
    const { status, body } = await get(house, query);
    equal(status, 422, query);
    match(body.error!, complaint);
  }
  const { body } = await get(house, "?status=x&limit=y");
  ok(/status/.test(body.error!) && /limit/.test(body.error!));
});
