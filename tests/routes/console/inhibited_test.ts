import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { eventually } from "../../kit/eventually.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const yaml = `inhibit: [{ source: [severity=critical], target: [severity=warning], equal: [host] }]`;

const DOWN = { labels: { alertname: "HostDown", severity: "critical", host: "db-1" } };
const slow = (disk: string): { labels: Record<string, string> } => ({
  labels: { alertname: "DiskSlow", severity: "warning", host: "db-1", disk },
});

async function idOf(house: TestRelay, title: string): Promise<string> {
  const [incident] = await house.relay.store.incidents.open((one) => one.title === title);
  return incident!.id;
}

/** A host is down, and of its two slow disks, which it inhibits, one is silenced. */
async function hostDown(exclusive: boolean): Promise<TestRelay> {
  const house = await testRelay({ yaml, exclusive, env: { FENGHUO_LOCALE: "en" } });
  await house.fire(DOWN);
  await house.fire(slow("a"), slow("b"));
  await api(house, "POST", "silences", { body: { matchers: ["disk=b"], duration: "1h" } });
  return house;
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local file" : "a shared store";

  Deno.test(`on ${store}, home, list and top bar tell what is inhibited and what is silenced from what needs somebody`, async () => {
    await using house = await hostDown(exclusive);
    const one = await visitor(house, "operator");
    const home = async (): Promise<string> => (await one.get("/")).html;
    match(await home(), /1 critical that nobody has taken; 1 silenced; 1 inhibited/);
    // The top bar shows the counts.
    await eventually("the counts", async () => {
      const html = await home();
      return html.includes('id="pulse" data-open="3" data-unacknowledged="1" data-worst="critical"') &&
        html.includes('<span class="fact quiet">1 silenced, 1 inhibited</span>');
    });
    const list = (await one.get("/incidents?group_by=none")).html;
    match(list, /3 unacknowledged <span class="quiet">\(1 silenced, 1 inhibited\)<\/span>/);
    equal(list.match(/Inhibited<\/a>/g)?.length, 2, "a silenced one is inhibited, too");
    equal(list.match(/Silenced<\/a>/g)?.length, 1);
    const grouped = (await one.get("/incidents?group_by=title")).html;
    match(
      grouped,
      /◌<\/span> 1 silenced<\/span><span class="badge"><span aria-hidden="true">⊘<\/span> 1 inhibited</,
    );
    await house.fire({ ...DOWN, status: "resolved" });
    doesNotMatch((await one.get("/incidents?group_by=none")).html, /Inhibited/);
    await house.advance(60_000); // a figure that took long is shown for longer
    match(await home(), /1 warning that nobody has taken; 1 silenced/);
  });
}

Deno.test("an incident's page says what inhibits it, and later what did, and until when", async () => {
  await using house = await hostDown(true);
  const one = await visitor(house, "operator");
  const inhibitor = await idOf(house, "HostDown");
  const path = `/incidents/${await idOf(house, "DiskSlow")}`;
  const during = (await one.get(path)).html;
  match(during, new RegExp(`<a class="badge" href="/incidents/${inhibitor}">.*Inhibited by HostDown</a>`));
  match(during, /Nobody was notified: inhibited by HostDown\./);
  await house.advance(60_000);
  await house.fire({ ...DOWN, status: "resolved" });
  const after = (await one.get(path)).html;
  doesNotMatch(after, /Inhibited by HostDown<\/a>/);
  match(
    after,
    new RegExp(
      `inhibited by HostDown\\..*<a href="/incidents/${inhibitor}">The inhibiting incident`,
    ),
  );
  const [first] = (await house.relay.store.log.newest(10)).filter(({ routing: [to] }) =>
    to!.outcome.kind === "suppressed" && to!.outcome.by === "inhibited"
  );
  const { body } = await api(house, "GET", `alerts/${first!.id}/why?lang=en`);
  match(
    body.sentences.at(-1),
    /inhibited by the incident \w+-000 \(HostDown\) until 2026-01-31 16:0\d:\d\d\.$/,
  );
});

Deno.test("the timeline has when an incident was inhibited, and when it was told after that", async () => {
  await using house = await testRelay({ yaml });
  await house.fire(slow("a"));
  await house.fire(DOWN);
  const again = { ...slow("a"), startsAt: new Date(house.clock.now() + 1).toISOString() };
  await house.advance(60_000);
  await house.fire(again);
  await house.advance(600_000);
  await house.fire({ ...DOWN, status: "resolved" });
  const { body } = await api(
    house,
    "GET",
    `incidents/${await idOf(house, "DiskSlow")}/timeline?order=oldest`,
  );
  const outcomes = body.timeline.flatMap((
    { groups = [] }: { groups?: { outcome: Record<string, string> }[] },
  ) => groups.map(({ outcome }) => outcome.reason ?? outcome.by));
  equal(outcomes, ["first", "inhibited", "repeat"]);
});
