import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { type Greeting, postTo, type RelayProcess, startRelay, temporaryFolder } from "../kit/process.ts";
import type { TestAlert } from "../kit/relay.ts";

const ROUNDS = 5;

/** Alerts that one incident inhibits: the lift takes several commits. */
const INHIBITED = 600;

const YAML = `
inhibit: [{ source: [alertname=HostDown], target: [alertname=Slow], equal: [host] }]
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
`;

Deno.test("whenever the relay is killed after an inhibitor has ended, what it inhibited is told", async () => {
  await using folder = await temporaryFolder();
  for (let round = 0; round < ROUNDS; round++) {
    const host = `db-${round}`;
    const startsAt = new Date().toISOString();
    const down: TestAlert = { labels: { alertname: "HostDown", host }, startsAt };
    const slow = Array.from({ length: INHIBITED }, (_, disk): TestAlert => ({
      labels: { alertname: "Slow", host, disk: String(disk) },
      startsAt,
    }));
    {
      await using relay = await startRelay({ folder: folder.path, yaml: YAML });
      await postTo(relay, ...slow, down);
      equal(await outcomesOf(relay, host), { inhibited: INHIBITED });
      await postTo(relay, { ...down, status: "resolved", endsAt: new Date().toISOString() });
      await new Promise((resolve) => setTimeout(resolve, 8 * round)); // before, during or after the lift
      await kill(relay);
    }
    await using relay = await startRelay({ folder: folder.path });
    const lifted = async (): Promise<Record<string, number>> => await outcomesOf(relay, host);
    await eventually("everything to be told", async () => (await lifted()).first === INHIBITED, {
      within: 30_000,
      every: 200,
    });
    equal(await lifted(), { inhibited: INHIBITED, first: INHIBITED }, "each once");
    const { addsUp, verified } = await ask(relay, "ledger?from=1h&verify=1");
    ok(addsUp && verified.agrees);
    await postTo(relay, ...slow.map((one) => ({ ...one, status: "resolved", endsAt: startsAt } as const)));
    equal((await relay.stop()).code, 0, relay.output);
  }
});

async function kill(relay: RelayProcess): Promise<void> {
  Deno.kill(relay.pid, "SIGKILL");
  await relay.ended();
}

/** The numbers of alerts about the disks of a host, by outcome. */
async function outcomesOf(relay: Greeting, host: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let cursor = "";;) {
    const { alerts, next } = await ask(relay, `alerts?limit=500&q=${host}${cursor}`);
    for (const { alert, routing: [{ outcome }] } of alerts) {
      if (alert.status !== "firing" || alert.labels?.alertname !== "Slow" || alert.labels.host !== host) {
        continue;
      }
      const word = outcome.reason ?? outcome.by;
      counts[word] = (counts[word] ?? 0) + 1;
    }
    if (next === null) return counts;
    cursor = `&cursor=${next}`;
  }
}

// deno-lint-ignore no-explicit-any -- a test looks at what it expects
async function ask({ url, adminPassword }: Greeting, path: string): Promise<any> {
  const response = await fetch(`${url}/api/${path}`, {
    headers: { authorization: `Basic ${btoa(`admin:${adminPassword}`)}` },
  });
  const body = await response.json();
  equal(response.status, 200, JSON.stringify(body));
  return body;
}
