import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

/** The timeline in a webhook's message. */
interface Posted {
  readonly data: {
    readonly reason: string;
    readonly timeline?: readonly { at: string; text: string; details: string[] }[];
  };
}

Deno.test("a webhook that asks for it gets the timeline of its incident with each message, the oldest line first", async () => {
  await using sink = await startSink();
  await using plain = await startSink();
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    locale: en
    timezone: UTC
    destinations:
      - { name: told, channel: webhook, config: { url: "${sink.url}", timeline: true } }
      - { name: plain, channel: webhook, config: { url: "${plain.url}" } }`,
  });
  const labels = { alertname: "DiskFull" };
  await house.fire({ labels });
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  house.clock.advance(60_000);
  const done = await api(house, "POST", `incidents/${incident!.id}/ack`, {
    body: { by: "li.lei", text: "a bigger disk" },
  });
  equal(done.status, 200);
  house.clock.advance(60_000);
  await house.fire({ labels, status: "resolved" });

  const [first, resolved] = sink.bodies as Posted[];
  equal([first!.data.reason, resolved!.data.reason], ["first", "resolved"]);
  equal(first!.data.timeline!.map(({ text }) => text), ["The first alert arrived (Warning)."]);
  const lines = resolved!.data.timeline!;
  equal(lines.map(({ at }) => at), lines.map(({ at }) => at).toSorted());
  match(
    lines.map(({ text }) => text).join("\n"),
    /first alert[^]*li\.lei acknowledged[^]*a bigger disk[^]*resolved/i,
  );
  match(lines[0]!.details.join("\n"), /default\/default\/told.*delivered/i);
  ok((plain.bodies as Posted[]).every(({ data }) => !("timeline" in data)));
  equal(house.reports, []);
});

Deno.test("a message about several incidents has no timeline", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}", timeline: true } }]`,
  });
  await house.fire({ labels: { alertname: "A" } }, { labels: { alertname: "B" } });
  const bodies = sink.bodies as (Posted & { data: { alerts: unknown[] } })[];
  ok(bodies.some(({ data }) => data.alerts.length === 2) || bodies.length === 2);
  for (const { data } of bodies) equal("timeline" in data, data.alerts.length === 1);
});
