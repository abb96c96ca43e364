import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { encode } from "../../../relay/base/codec.ts";
import { createApp } from "../../../routes/app.ts";
import { withoutBasePath } from "../../../routes/http/base_path.ts";
import { TestClock } from "../../kit/clock.ts";
import { Visitor, visitor } from "../../kit/console.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** The last address of the redirects, and its page. */
async function follow(one: Visitor, path: string): Promise<{ path: string; status: number; html: string }> {
  for (let step = 0; step < 5; step++) {
    const { status, headers, html } = await one.get(path);
    const next = headers.get("location");
    if (next === null) return { path, status, html };
    path = next;
  }
  throw new Error(`${path} leads nowhere`);
}

async function newestIds(house: TestRelay, count: number): Promise<string[]> {
  return (await house.relay.store.log.newest(count)).map(({ id }) => id);
}

Deno.test("an alert's short address leads to its incident, that of a folded one to the same, and else to the alert", async () => {
  await using house = await testRelay();
  const labels = { alertname: "Disk", instance: "db-1" };
  for (let time = 0; time < 2; time++) await house.accept({ labels });
  await house.accept({ status: "resolved", labels: { alertname: "NeverFired" } });
  const [alone, folded, first] = await newestIds(house, 3) as [string, string, string];
  const one = await visitor(house, "viewer");
  for (
    const [id, path] of [[first, `/incidents/${first}`], [folded, `/incidents/${first}`], [
      alone,
      `/alerts/${alone}`,
    ]]
  ) {
    const { path: led, status } = await follow(one, `/a/${id}`);
    equal([led, status], [path, 200]);
  }
});

Deno.test("an alert's short address for a silence leads to the form, filled in, and a viewer sees which role may", async () => {
  await using house = await testRelay();
  await house.accept({ labels: { alertname: "Disk", instance: "db-1" } });
  const [id] = await newestIds(house, 1);
  const { status, html } = await follow(await visitor(house, "operator"), `/a/${id}/silence`);
  equal(status, 200);
  match(html, /name="matchers"[^>]*>alertname=&quot;Disk&quot;\ninstance=&quot;db-1&quot;</);
  for (const [by, matchers] of [["instance", "\ninstance=&quot;db-1&quot;"], ["", ""]]) {
    const { html } = await follow(await visitor(house, "operator"), `/a/${id}/silence?by=${by}`);
    match(html, new RegExp(`name="matchers"[^>]*>alertname=&quot;Disk&quot;${matchers}<`));
  }
  equal((await follow(await visitor(house, "viewer"), `/a/${id}/silence`)).status, 403);
});

Deno.test("a digest's short address leads to the page of all its alerts, each with its object", async () => {
  await using house = await testRelay();
  const labels = { alertname: "Crash", namespace: "prod", pod: "checkout-1", instance: "10.244.0.12:8443" };
  await house.fire({ labels });
  const [alert] = await newestIds(house, 1);
  // The courier records a digest like this.
  const digest = {
    id: "digest 1",
    destination: "default/default/inbox",
    at: house.clock.now(),
    title: "1 alert",
    body: "…",
    shown: 0,
    incidents: 1,
    deliveries: [`${alert}-0`],
  };
  await house.kv.set(["digest", digest.id], encode(digest));
  const told = await follow(await visitor(house, "operator"), `/d/${encodeURIComponent(digest.id)}`);
  equal([told.path, told.status], ["/deliveries?digest=digest%201", 200]);
  match(told.html, /<bdi>prod\/checkout-1<\/bdi>/);
  const { status, path, html } = await follow(await visitor(house, "viewer"), "/d/no-such");
  equal([path, status], ["/deliveries?digest=no-such", 404]);
  match(html, /no longer kept|已不再保留/);
});

Deno.test("a visitor without a session returns to the short address after signing in, under the published path", async () => {
  await using house = await testRelay({ env: { FENGHUO_PUBLIC_URL: "https://ops.example.com/fenghuo/" } });
  await house.accept({ labels: { alertname: "Disk" } });
  const [id] = await newestIds(house, 1);
  const app = createApp(house.relay, { report: (words) => house.reports.push(words) });
  const handle = withoutBasePath(app.fetch, "https://ops.example.com/fenghuo/");
  const one = new Visitor({
    ...house,
    request: async (path, init = {}) =>
      await handle(new Request(new URL(path, "https://ops.example.com"), init), { remote: "192.0.2.1" }),
  });
  for (
    const [short, last] of [[`/a/${id}`, `/incidents/${id}`], [
      `/a/${id}/silence`,
      `/silences/new?alert=${id}`,
    ]]
  ) {
    one.cookies.clear();
    const asks = await one.get(`/fenghuo${short}`);
    const to = new URL(asks.headers.get("location")!, "https://ops.example.com").searchParams.get("to")!;
    const fields = { name: "admin", password: "test-password", to };
    const { headers } = await one.post("/fenghuo/sign-in", fields, { token: "" });
    const { path, status } = await follow(one, headers.get("location")!);
    equal([path, status], [`/fenghuo${last}`, 200]);
  }
  equal(house.reports, []);
});

Deno.test("a short address whose alert is no longer kept says so, and for how long records are kept", async () => {
  await using house = await testRelay({ yaml: "retention: { alerts: 3d }" });
  const one = await visitor(house, "viewer");
  for (const id of ["01KG9EGN000000000000000000-000", "01KG9EGN00", "%2f%2f", "x".repeat(300)]) {
    const { status, html } = await one.get(`/a/${id}`, { "accept-language": "en" });
    equal(status, 404, id);
    match(html, /no longer kept \(records are kept for 3 d\)/);
  }
  const program = await house.request("/a/01KG9EGN000000000000000000-000", {
    headers: { authorization: "Bearer test-password" },
  });
  equal(program.status, 404);
  ok((await program.text()).includes("no longer kept"));
});

Deno.test("an incident that is still open is found by the alert that began it, whose record is no longer kept", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const first = await (async () => {
    await using house = await testRelay({ kv, clock });
    await house.fire({ labels: { alertname: "Disk" } });
    return (await newestIds(house, 1))[0]!;
  })();
  await kv.delete(["log", first.slice(0, 26)]); // as when it expires
  await using house = await testRelay({ kv, clock });
  const { path, status } = await follow(await visitor(house, "viewer"), `/a/${first}`);
  equal([path, status], [`/incidents/${first}`, 200]);
});
