import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";

const ENGLISH = { "accept-language": "en" };

const named = (alertname: string, labels: Record<string, string> = {}): TestAlert => ({
  labels: { alertname, ...labels },
});

/** 30 twins, and two others. */
async function stormy(): Promise<TestRelay> {
  const house = await testRelay();
  for (let index = 0; index < 30; index++) {
    const labels = {
      pod: `web-${index}`,
      cluster: `c-${index % 2}`,
      namespace: "shop",
      severity: "critical",
    };
    await house.fire(named("PodCrashes", labels));
  }
  await house.fire(named("Disk", { instance: "db-1", cluster: "c-0", severity: "warning" }));
  await house.fire(named("Cpu", { instance: "db-2", cluster: "c-1", severity: "critical" }));
  return house;
}

function textOf(html: string): string {
  return html.slice(html.indexOf('<section id="list"'), html.indexOf("</section>")).replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");
}

function rowsIn(html: string): string[] {
  return [...html.matchAll(/<tr id="([ig])-/g)].map(([, kind]) => kind!);
}

async function openCount(house: TestRelay, query = ""): Promise<number> {
  return (await api(house, "GET", `incidents/facets?${query}`)).body.total;
}

Deno.test("twins are one line that expands, and a name that occurs once is an incident's own line", async () => {
  await using house = await stormy();
  const one = await visitor(house, "operator");
  const { html } = await one.get("/incidents", ENGLISH);
  equal(rowsIn(html), ["g", "i", "i"]);
  match(textOf(html), /32 active , 31 critical , 32 unacknowledged in 3 groups/);
  match(textOf(html), /PodCrashes ▸ 30 incidents/);
  const [, toggle] = /href="([^"]+)"[^>]*data-expand/.exec(html)!;
  const expanded = await one.get(toggle!.replaceAll("&amp;", "&"), ENGLISH);
  equal(rowsIn(expanded.html).length, 3 + 20);
  const all = await one.get("/incidents?title=PodCrashes", ENGLISH);
  equal(rowsIn(all.html), Array(30).fill("i"));
  const byLabel = await one.get("/incidents?group_by=label%3Acluster&severity=critical", ENGLISH);
  match(textOf(byLabel.html), /c-1 ▸ 16 incidents.*c-0 ▸ 15 incidents/);
});

Deno.test("facets count what the filter finds, and their links add to it and remove from it", async () => {
  await using house = await stormy();
  const one = await visitor(house, "viewer");
  const linkOf = (html: string, text: string): { href: string; count: string; chosen: boolean } => {
    const pattern = new RegExp(
      `<a href="([^"]*)"( aria-current="true")?><span[^>]*>${text}</span> <span class="number">(\\d+)`,
    );
    const [, href, chosen, count] = pattern.exec(html)!;
    return { href: href!.replaceAll("&amp;", "&"), count: count!, chosen: chosen !== undefined };
  };
  const start = (await one.get("/incidents", ENGLISH)).html;
  equal(linkOf(start, "c-0").count, "16");
  const narrowed = (await one.get(linkOf(start, "c-0").href, ENGLISH)).html;
  match(textOf(narrowed), /16 found , 15 critical/);
  match(narrowed, /cluster=&#34;c-0&#34;|cluster=&quot;c-0&quot;/);
  const twice = (await one.get(linkOf(narrowed, "Critical").href, ENGLISH)).html;
  match(textOf(twice), /15 found/);
  equal(linkOf(twice, "Critical").chosen, true);
  equal(linkOf(twice, "Warning").count, "1", "what else there is stays in sight");
  equal((await one.get(linkOf(twice, "Critical").href, ENGLISH)).html.includes("16 found"), true);
});

Deno.test("what is typed as label=value becomes a condition, and one that cannot be read is complained about", async () => {
  await using house = await stormy();
  const one = await visitor(house, "operator");
  const typed = await one.get('/incidents?typed=1&text=web cluster=c-0 pod=~"web-1.*"');
  equal(typed.status, 303);
  const address = new URL(typed.headers.get("location")!, "http://relay");
  equal(address.searchParams.getAll("matchers"), ['cluster="c-0"', 'pod=~"web-1.*"']);
  equal(address.searchParams.get("text"), "web");
  match(textOf((await one.get(address.pathname + address.search, ENGLISH)).html), /5 found/);
  const wrong = await one.get("/incidents?matchers=pod%3D~%22(%22", ENGLISH);
  match(wrong.html, /The condition pod=~.* is not used:/);
  const acted = await one.post("/incidents/act", {
    act: "close",
    every: "yes",
    filter: "matchers=pod%3D~%22(%22",
  });
  equal(acted.status, 422, "nobody acts on more than they saw");
  equal(
    (await one.post("/incidents/act", { act: "close", every: "yes", filter: "severity=bad" })).status,
    422,
  );
  equal(await openCount(house), 32);
});

Deno.test("a group is acknowledged with its own button, and that is undone where nobody has changed it since", async () => {
  await using house = await stormy();
  const one = await visitor(house, "operator");
  const { html } = await one.get("/incidents", ENGLISH);
  const [, group] = /name="group" value="([^"]+)"/.exec(html)!;
  await one.post("/incidents/act", {
    group: group!.replaceAll("&amp;", "&"),
    act: "close",
    to: "/incidents",
  }, { headers: ENGLISH });
  equal(await openCount(house, "acknowledged=true"), 30);
  const after = await one.get("/incidents", ENGLISH);
  match(after.html, /> Acknowledged: 30\./);
  const fields = Object.fromEntries(
    [...after.html.slice(after.html.indexOf('class="undo"')).split("</form>")[0]!.matchAll(
      /name="([^"]+)" value="([^"]*)"/g,
    )]
      .filter(([, name]) => name !== "form_token").map((
        [, name, value],
      ) => [name!, value!.replaceAll("&amp;", "&")]),
  );
  const [first] = (await api(house, "GET", "incidents?title=PodCrashes")).body.incidents;
  house.clock.advance(1_000);
  await api(house, "POST", `incidents/${first.id}/take`, { body: { by: "Li Lei" } });
  await one.post("/incidents/undo", fields, { headers: ENGLISH });
  match((await one.get("/incidents", ENGLISH)).html, /> Undone: 29 unacknowledged again\./);
  equal(await openCount(house, "acknowledged=true"), 1, "what somebody took stays theirs");
  await one.post("/incidents/undo", fields, { headers: ENGLISH });
  match((await one.get("/incidents", ENGLISH)).html, /Nothing was undone/);
});

const UNDONE: readonly (readonly [act: string, fields: Record<string, string>])[] = [
  ["acknowledge", {}],
  ["take", {}],
  ["assign", { who: "some-operator" }],
  ["snooze", { snooze: "1h" }],
];

for (const [act, fields] of UNDONE) {
  Deno.test(`${act} is undone where the incident was unacknowledged before, and not offered where it was not`, async () => {
    await using house = await stormy();
    const one = await visitor(house, "operator");
    const [first] = (await api(house, "GET", "incidents?title=Disk")).body.incidents;
    const path = `/incidents/${first.id}`;
    await one.post(`${path}/act`, { act, ...fields });
    const { html } = await one.get(path);
    const [, at] = /name="at" value="(\d+)"/.exec(html)!;
    match(html, new RegExp(`name="act" value="${act}"`));
    await one.post("/incidents/undo", { act, at: at!, ids: first.id });
    const { incident } = (await api(house, "GET", `incidents/${first.id}`)).body;
    equal([incident.known, incident.holder ?? null], [false, null]);
    await api(house, "POST", `incidents/${first.id}/take`, { body: { by: "Han Mei" } });
    await one.post(`${path}/act`, { act, ...fields });
    doesNotMatch((await one.get(path)).html, /class="undo"/);
  });
}

Deno.test("one that was closed in its line is active again after Undo", async () => {
  await using house = await stormy();
  const one = await visitor(house, "operator");
  const [first] = (await api(house, "GET", "incidents?title=Disk")).body.incidents;
  await one.post("/incidents/act", { close: first.id, to: "/incidents" });
  equal(await openCount(house), 31);
  const { html } = await one.get("/incidents", ENGLISH);
  match(html, /> The incident was closed\./);
  const [, at] = /name="at" value="(\d+)"/.exec(html)!;
  await one.post("/incidents/undo", { act: "close", at: at!, ids: first.id });
  equal(await openCount(house), 32);
  const viewer = await visitor(house, "viewer");
  equal((await viewer.post("/incidents/undo", { act: "close", at: at!, ids: first.id })).status, 403);
  equal((await one.post("/incidents/undo", { act: "note", at: "1" })).status, 422);
});

Deno.test("a silence of a group, or of what is selected, begins with what they share", async () => {
  await using house = await stormy();
  const one = await visitor(house, "operator");
  const matchersOf = (location: string | null): string[] =>
    new URL(location!, "http://relay").searchParams.getAll("matchers");
  const group = await one.get("/incidents/silence?title=PodCrashes");
  equal(matchersOf(group.headers.get("location")), ['alertname="PodCrashes"', 'namespace="shop"']);
  const { body: { incidents } } = await api(house, "GET", "incidents?title=PodCrashes");
  const few = await one.post("/incidents/act", [
    ["act", "silence"],
    ...incidents.slice(0, 2).map(({ id }: { id: string }) => ["ids[]", id]),
  ]);
  const some = matchersOf(few.headers.get("location"));
  ok(some.includes('pod=~"web-28|web-29"'), String(some));
  const preview = await one.get(few.headers.get("location")!, ENGLISH);
  match(preview.html, /Silences 2 active incidents/);
  const nothing = await one.get("/incidents/silence?title=NoSuch");
  equal(nothing.headers.get("location"), "/incidents");
});

Deno.test("a name that fills an address is cut in it, and its group is still found by it", async () => {
  await using house = await testRelay();
  const long = `${"字".repeat(900)}`;
  await house.fire(named(`${long}a`, { host: "1" }), named(`${long}a`, { host: "2" }), named("B"));
  const one = await visitor(house, "operator");
  const { html } = await one.get("/incidents", ENGLISH);
  equal(rowsIn(html).length, 2);
  const [, group] = /name="group" value="([^"]+)"/.exec(html)!;
  await one.post("/incidents/act", { group: group!.replaceAll("&amp;", "&") });
  equal(await openCount(house, "acknowledged=true"), 2);
});

Deno.test("the list is dense where its reader says so, and stays so", async () => {
  await using house = await stormy();
  const one = await visitor(house, "viewer");
  doesNotMatch((await one.get("/incidents")).html, /data-density="compact"/);
  const set = await one.post("/preferences", { density: "compact", to: "/incidents" });
  match(set.headers.get("set-cookie") ?? "", /fenghuo_density=compact/);
  equal((await one.post("/preferences", { density: "huge" })).status, 422);
});
