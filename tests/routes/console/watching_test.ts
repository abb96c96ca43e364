import { deepStrictEqual as equal, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { eventually } from "../../kit/eventually.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const JSON_ONLY = { accept: "application/json" };

async function titles(house: TestRelay, query: string): Promise<string[]> {
  const one = await visitor(house, "viewer").catch(() => undefined) ?? await visitor(house);
  const { status, html } = await one.get(`/watching?${query}`, JSON_ONLY);
  equal(status, 200, html);
  return JSON.parse(html).incidents.map(({ title }: { title: string }) => title);
}

Deno.test("a browser sounds for new incidents that nobody acknowledged or silenced, the worst first", async () => {
  await using house = await testRelay();
  const fire = (alertname: string, severity: string): Promise<unknown> =>
    house.fire({ labels: { alertname, severity } });
  await fire("Old", "critical");
  await house.advance(60_000);
  const since = house.clock.now();
  await house.advance(60_000);
  await fire("Mild", "warning");
  await fire("Bad", "error");
  await fire("Worst", "critical");
  await fire("Acknowledged", "critical");
  await fire("Silenced", "critical");
  const { body: { incidents } } = await api(house, "GET", "incidents");
  const known = incidents.find(({ title }: { title: string }) => title === "Acknowledged").id;
  await api(house, "POST", `incidents/${known}/ack`);
  await api(house, "POST", "silences", {
    body: { matchers: ["alertname=Silenced"], duration: "2h", comment: "c" },
  });
  equal(await titles(house, `from=critical&since=${since}`), ["Worst"]);
  equal(await titles(house, `from=warning&since=${since}`), ["Worst", "Bad", "Mild"]);
  equal(await titles(house, "from=critical&since=0"), ["Worst", "Old"]);
});

Deno.test("a request without a severity is told what is missing, and one without a session is refused", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const { status, html } = await one.get("/watching?since=0", JSON_ONLY);
  equal(status, 422);
  match(html, /from: /);
  equal((await house.request("/watching?from=critical&since=0", { headers: JSON_ONLY })).status, 401);
});

Deno.test("the frame as JSON has the counts that a hidden tab shows", async () => {
  await using house = await testRelay();
  await house.fire({ labels: { severity: "critical" } });
  const one = await visitor(house);
  const html = await eventually("the counts", async () => {
    const page = await one.get("/frame", JSON_ONLY);
    return page.status === 200 && page.html; // 204 while they cannot be computed in time
  });
  const quiet = { silenced: 0, inhibited: 0 };
  equal(JSON.parse(html), { open: 1, unacknowledged: 1, quiet, more: false, worst: "critical" });
});

Deno.test("the manifest names pictures that are served, and the marked icon has numbers up to 99", async () => {
  await using house = await testRelay();
  const answer = await house.request("/manifest.webmanifest");
  equal(answer.headers.get("content-type"), "application/manifest+json");
  const { icons, start_url: start } = await answer.json();
  equal(start, "/");
  for (const { src } of icons) {
    const icon = await house.request(src);
    equal([icon.status, icon.headers.get("content-type")], [200, "image/png"], src);
    equal([...new Uint8Array(await icon.arrayBuffer()).slice(1, 4)], [0x50, 0x4e, 0x47], "it is a PNG");
  }
  for (
    const [name, status] of [
      ["icon-critical-7.svg", 200],
      ["icon-info-99.svg", 200],
      ["icon-info-100.svg", 404],
      ["icon-worst-1.svg", 404],
      ["icon-info-0.svg", 404],
    ] as const
  ) {
    const icon = await house.request(`/assets/${name}`);
    equal(icon.status, status, name);
    await icon.body?.cancel();
  }
});
