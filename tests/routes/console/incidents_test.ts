import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

async function incidentOf(house: TestRelay, title: string): Promise<string> {
  const { body } = await api(house, "GET", "incidents?state=all");
  return body.incidents.find((one: { title: string }) => one.title === title).id;
}

/** A page without its frame. */
const mainOf = (html: string): string => /<main[^]*<\/main>/.exec(html)![0];

const named = (alertname: string, labels: Record<string, string> = {}): TestAlert => ({
  labels: { alertname, ...labels },
});

Deno.test("the list shows what is open, and can be narrowed by everything that it shows", async () => {
  await using house = await testRelay({
    yaml: `
groups:
  - { owner: ops, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['team="ops"'], group: ops/default }`,
  });
  const one = await visitor(house, "viewer");
  match((await one.get("/incidents")).html, /All clear|一切正常/);
  await house.fire(named("Disk", { severity: "critical", instance: "db-1", team: "ops" }));
  await house.fire(named("Cpu", { severity: "warning", instance: "web-7" }));
  await house.fire(named("Over", { severity: "info" }));
  await house.fire({ ...named("Over", { severity: "info" }), status: "resolved" });
  await api(house, "POST", `incidents/${await incidentOf(house, "Cpu")}/ack`, {
    body: { memo: "slow query" },
  });
  const table: [query: string, titles: string[]][] = [
    ["", ["Disk", "Cpu"]],
    ["?sort=newest", ["Cpu", "Disk"]],
    ["?sort=longest&group_by=none", ["Disk", "Cpu"]],
    ["?title=Disk", ["Disk"]],
    ["?matchers=instance%3D%22web-7%22", ["Cpu"]],
    ["?matchers=instance%3D~%22(db|web)-.%22&matchers=team!%3Dops", ["Cpu"]],
    ["?state=closed", ["Over"]],
    ["?state=all", ["Over", "Cpu", "Disk"]],
    ["?severity=critical", ["Disk"]],
    ["?group=ops/default", ["Disk"]],
    ["?state=closed&group=default/default", ["Over"]],
    ["?known=yes", ["Cpu"]],
    ["?known=no", ["Disk"]],
    ["?text=DB-1", ["Disk"]],
    ["?text=slow+query", ["Cpu"]],
    ["?dialect=ocp", []],
    ["?severity=nonsense&state=what", ["Disk", "Cpu"]],
  ];
  for (const [query, titles] of table) {
    const { status, html } = await one.get(`/incidents${query}`);
    equal(status, 200, query);
    const found = [...html.matchAll(/href="\/incidents\/[^"]+-\d{3}" dir="auto">([^<]+)</g)].map((
      [, title],
    ) => title);
    equal(found, titles, query);
  }
});

Deno.test("pages follow each other, and new incidents do not move what they show", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 120; index++) await house.fire(named(`A${String(index).padStart(3, "0")}`));
  const one = await visitor(house, "viewer");
  const titlesOf = (html: string): string[] =>
    [...html.matchAll(/href="\/incidents\/[^"]+" dir="auto">(A\d{3})</g)].map(([, title]) => title!);
  const seen: string[] = [];
  let path: string | undefined = "/incidents";
  while (path) {
    const { html }: { html: string } = await one.get(path);
    seen.push(...titlesOf(html));
    path = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    await house.fire(named(`B${seen.length}`));
  }
  equal(seen.length, 120);
  equal(seen.toReversed(), seen.toSorted());
});

Deno.test("several are acknowledged at once, with a note; a line's own button takes that one alone", async () => {
  await using house = await testRelay();
  for (const name of ["A", "B", "C"]) await house.fire(named(name));
  const [a, b, c] = [
    await incidentOf(house, "A"),
    await incidentOf(house, "B"),
    await incidentOf(house, "C"),
  ];
  const one = await visitor(house, "operator");
  const done = await one.post("/incidents/act", [["act", "acknowledge"], ["ids[]", a], ["ids[]", b], [
    "text",
    "ours",
  ], ["to", "/incidents?known=no"]]);
  equal([done.status, done.headers.get("location")], [303, "/incidents?known=no"]);
  match((await one.get("/incidents?known=no")).html, /(Acknowledged: 2\.|已确认 2 个)/);
  const { knownBy, memo } = (await api(house, "GET", `incidents/${a}`)).body.incident;
  equal([knownBy, memo], ["some-operator", "ours"]);
  equal((await api(house, "GET", `incidents/${c}`)).body.incident.known, false);
  // Whatever else is selected and chosen below the list.
  const only = await one.post("/incidents/act", [["act", "close"], ["ids[]", b], ["only", c], [
    "to",
    "https://elsewhere.example/",
  ]]);
  equal(only.headers.get("location"), `/incidents#i-${c}`);
  const alone = (await api(house, "GET", `incidents/${c}`)).body.incident;
  equal([alone.knownBy, alone.closedAt], ["some-operator", null]);
  equal((await one.post("/incidents/act", { act: "close" })).status, 303);
  match((await one.get("/incidents")).html, /No incident was selected|没有选择事件/);
  const { body } = await api(house, "GET", "audit?what=incidents");
  equal(body.entries.map(({ by, action, what }: Record<string, string>) => [by, action, what]).toSorted(), [
    ["some-operator", "acknowledged", `incidents/${a}`],
    ["some-operator", "acknowledged", `incidents/${b}`],
    ["some-operator", "acknowledged", `incidents/${c}`],
  ]);
});

for (const exclusive of [true, false]) {
  Deno.test(`of two who acknowledge at once one does, and the other sees the name (${exclusive ? "a local" : "a shared"} store)`, async () => {
    await using house = await testRelay({ exclusive });
    await house.fire(named("A"));
    const id = await incidentOf(house, "A");
    const [admin, operator] = [await visitor(house), await visitor(house, "operator")];
    const tokens = { admin: await admin.formToken(), operator: await operator.formToken() };
    const answers = await Promise.all([
      admin.post("/incidents/act", { only: id, text: "mine" }, { token: tokens.admin }),
      operator.post("/incidents/act", { only: id, text: "no, mine" }, { token: tokens.operator }),
    ]);
    equal(answers.map(({ status }) => status), [303, 303]);
    const { knownBy, memo } = (await api(house, "GET", `incidents/${id}`)).body.incident;
    equal(memo, knownBy === "admin" ? "mine" : "no, mine");
    const other = knownBy === "admin" ? operator : admin;
    const { html } = await other.get("/incidents");
    ok(
      html.includes(`${knownBy} has already acknowledged it`) || html.includes(`${knownBy} 已先确认该事件`),
      html,
    );
    equal((await api(house, "GET", "audit?what=incidents")).body.entries.length, 1);
  });
}

Deno.test("whoever saw another state than the present one changes nothing, and what was typed is kept", async () => {
  await using house = await testRelay();
  await house.fire(named("A"));
  const id = await incidentOf(house, "A");
  const [one, admin] = [await visitor(house, "operator"), await visitor(house)];
  const path = `/incidents/${id}/act`;
  const unseen = { seen_known: "false", seen_holder: "" };
  await admin.post(path, { act: "take", text: "on it", ...unseen });
  const late = await one.post(path, { act: "take", text: "I have it & more", ...unseen });
  const back = `/incidents/${id}?text=I%20have%20it%20%26%20more`;
  equal(late.headers.get("location"), back);
  const { html } = await one.get(back, { "accept-language": "en" });
  match(html, /admin has already acknowledged it/);
  match(html, /data-submit="add-note">I have it &amp; more<\/textarea>/);
  match(html, /admin has it/);
  const read = async (): Promise<Record<string, unknown>> =>
    (await api(house, "GET", `incidents/${id}`)).body.incident;
  equal([(await read()).holder, (await read()).memo], ["admin", "on it"]);
  // A note disturbs nobody.
  await one.post(path, { act: "note", text: "it was the disk", ...unseen });
  equal([(await read()).holder, (await read()).memo], ["admin", "it was the disk"]);
  const seen = { seen_known: "true", seen_holder: "admin" };
  await one.post(path, { act: "take", ...seen });
  equal((await read()).holder, "some-operator");
  await one.post(path, { act: "unacknowledge", seen_known: "true", seen_holder: "some-operator" });
  equal([(await read()).known, (await read()).holder], [false, undefined]);
});

Deno.test("an incident's page does everything that a person can do, and says so", async () => {
  await using house = await testRelay({
    yaml: `
members: [{ id: li.lei, name: 李雷 }, { id: han.mm, name: 韩梅梅 }]
groups:
  - { owner: default, level: default, members: [han.mm], destinations: [{ channel: inbox }] }`,
  });
  await house.fire(named("A"));
  const id = await incidentOf(house, "A");
  const one = await visitor(house, "operator");
  const table: [fields: Record<string, string>, says: RegExp, expected: Record<string, unknown>][] = [
    [{ act: "acknowledge", lasts: "2h" }, /> Acknowledged\.</, {
      known: true,
      knownBy: "some-operator",
      knownUntil: house.clock.now() + 120 * MINUTE,
    }],
    [{ act: "unacknowledge" }, /> The acknowledgement was removed\.</, { known: false }],
    [{ act: "take" }, /> You have it now\.</, { holder: "some-operator", knownUntil: undefined }],
    [{ act: "assign", who: "li.lei" }, /> Assigned to 李雷\.</, { holder: "李雷", knownBy: "some-operator" }],
    [{ act: "assign", who: "" }, /choose a person/, { holder: "李雷" }],
    [{ act: "assign", who: "nobody" }, /there is no member and no account nobody/, { holder: "李雷" }],
    [{ act: "note", text: "" }, /write a note first/, { memo: undefined }],
    [{ act: "note", text: "a new disk" }, /> The note was added\.</, { memo: "a new disk" }],
    [{ act: "snooze", snooze: "4h", lasts: "none" }, /> Nobody is notified until \d\d:\d\d/, {
      snoozed: true,
      holder: undefined,
      knownUntil: house.clock.now() + 240 * MINUTE,
    }],
    [{ act: "snooze", snooze: "none" }, /choose for how long/, { snoozed: true }],
    [{ act: "reopen" }, /the incident is not closed/, { closedAt: null }],
    [{ act: "close", text: "disk replaced" }, /> The incident was closed\.</, {
      closedBy: "some-operator",
      memo: "disk replaced",
    }],
    [{ act: "take" }, /some-operator has already closed the incident/, { closedBy: "some-operator" }],
    [{ act: "reopen", text: "it fails again" }, /> The incident is active again\.</, {
      closedAt: null,
      closedBy: undefined,
      memo: "it fails again",
    }],
  ];
  for (const [fields, says, expected] of table) {
    const { status, headers } = await one.post(`/incidents/${id}/act`, fields);
    equal(status, 303, JSON.stringify(fields));
    const { html } = await one.get(headers.get("location")!, { "accept-language": "en" });
    match(html, says, JSON.stringify(fields));
    const { incident } = (await api(house, "GET", `incidents/${id}`)).body;
    for (const [name, value] of Object.entries(expected)) {
      equal(incident[name], value, JSON.stringify(fields));
    }
  }
  // The members of the group that was notified come first.
  const { html } = await one.get(`/incidents/${id}`);
  const offered = [...html.matchAll(/<option value="([^"]+)">[^<]*<\/option>/g)].map(([, value]) => value);
  ok(offered.indexOf("han.mm") < offered.indexOf("li.lei") && offered.includes("admin"), String(offered));
  equal((await one.post(`/incidents/${id}/act`, { act: "note", text: "x".repeat(501) })).status, 422);
  equal((await one.post(`/incidents/${id}/act`, { act: "explode" })).status, 422);
});

Deno.test("all that the filter finds is acted on, on every page, and what was not is counted by reason", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 60; index++) {
    await house.fire(named(`A${index}`, { host: index < 55 ? "a" : "b" }));
  }
  const english = { headers: { "accept-language": "en" } };
  const one = await visitor(house, "operator");
  await api(house, "POST", `incidents/${await incidentOf(house, "A3")}/ack`, { body: { by: "Li Lei" } });
  const page = await one.get("/incidents?text=host%3Da", { "accept-language": "en" });
  match(page.html, /name="every" value="yes"/);
  match(page.html, /name="filter" value="text=host%3Da"/);
  const [, first] = /name="ids\[\]" value="([^"]+)"/.exec(page.html)!;
  await one.post("/incidents/act", [["act", "acknowledge"], ["every", "yes"], ["filter", "text=host%3Da"], [
    "ids[]",
    first!,
  ], ["to", "/incidents"]], english);
  match(
    (await one.get("/incidents", { "accept-language": "en" })).html,
    /Acknowledged: 54\. Not changed: 1 \(already acknowledged: 1\)\./,
  );
  equal((await api(house, "GET", "incidents?known=true&limit=100")).body.incidents.length, 55);
  await one.post(
    "/incidents/act",
    { act: "close", every: "yes", filter: "known=yes", text: "over" },
    english,
  );
  match((await one.get("/incidents", { "accept-language": "en" })).html, /Closed: 55\./);
  equal((await api(house, "GET", "incidents?limit=100")).body.incidents.length, 5);
  const closed = await one.get("/incidents?state=closed", { "accept-language": "en" });
  doesNotMatch(closed.html, /name="act" value="close"/);
  match(closed.html, /name="act" value="reopen"[^>]*>Reopen/);
});

Deno.test("a viewer is offered no button, and is refused", async () => {
  await using house = await testRelay();
  await house.fire(named("A"));
  const id = await incidentOf(house, "A");
  const one = await visitor(house, "viewer");
  for (const path of ["/incidents", `/incidents/${id}`]) {
    doesNotMatch(mainOf((await one.get(path)).html), /action="\/incidents\/[^"]*act"|type="checkbox"/);
  }
  equal((await one.post("/incidents/act", { only: id })).status, 403);
  equal((await one.post(`/incidents/${id}/act`, { act: "acknowledge" })).status, 403);
  equal((await one.get("/silences/new")).status, 403);
  equal((await one.get("/audit")).status, 403);
});

Deno.test("an incident's page shows its timeline: who was notified, what was a duplicate, and its end", async () => {
  await using house = await testRelay();
  await house.fire(named("A", { instance: "db-1" }));
  for (let index = 1; index <= 8; index++) {
    if (index === 8) await house.advance(6 * MINUTE);
    const startsAt = new Date(house.clock.now() + index).toISOString();
    await house.fire({ ...named("A", { instance: "db-1" }), startsAt });
    if (index === 7) await house.fire(named("A", { instance: "db-1" }));
  }
  await house.fire({ ...named("A", { instance: "db-1" }), status: "resolved" });
  const one = await visitor(house);
  const { html } = await one.get(`/incidents/${await incidentOf(house, "A")}`, { "accept-language": "en" });
  const story = html.slice(html.indexOf('class="story"'));
  const places = [
    "Notified: resolved",
    "7 duplicates since",
    "8 duplicates between 16:00:00 and 16:06:00",
    "the first alert of its incident",
  ]
    .map((words) => story.indexOf(words));
  ok(places.every((place) => place > 0), story);
  equal(places, places.toSorted((a, b) => a - b), "the newest first");
  equal([...story.matchAll(/default\/default\/inbox/g)].length, 3);
  const strip = /<figure class="strip">[^]*?<\/figure>/.exec(html)![0];
  const marksOf = (row: string): string[] =>
    [...new RegExp(`<svg class="strip-${row}"[^]*?</svg>`).exec(strip)![0].matchAll(
      /<(line|rect) class="([a-z]*)"/g,
    )]
      .map(([, shape, tone]) => `${shape} ${tone}`.trim()).filter((mark) => mark !== "line axis");
  equal(marksOf("alerts"), ["rect duplicates", "line", "line", "line resolved"]);
  equal(marksOf("notified"), ["line", "line", "line"]);
  equal(marksOf("people"), []);
  match(strip, /alerts: 11 .* notifications: 3 · actions by people: 0/);
});

Deno.test("what is not there is a page that says so, in each of them", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  for (
    const path of ["/incidents/nothing", "/incidents/01ARZ3NDEKTSV4RRFFQ69G5FAV-000", "/silences/nothing"]
  ) {
    const { status, html } = await one.get(path);
    equal(status, 404, path);
    match(html, /no longer kept|不再保留/);
  }
  equal((await one.post("/incidents/nothing/act", { act: "note", text: "a" })).status, 404);
  equal((await one.post("/incidents/act", { only: "nothing" })).status, 404);
  equal((await one.post("/silences/nothing/end", {})).status, 404);
});

Deno.test("where many stand, a name is one short line that turns no writing around", async () => {
  await using house = await testRelay();
  await house.fire(
    named("N".repeat(2_000)),
    named("RTL \u202eevil \u2066gnp.exe", { instance: "\u202emoc" }),
  );
  await house.settle();
  const one = await visitor(house);
  const [first] = (await api(house, "GET", "incidents")).body.incidents;
  for (
    const path of ["/", "/alerts", "/incidents", "/noise", "/deliveries?tab=recent", "/inbox"]
  ) {
    const { html } = await one.get(path);
    match(html, /N{50}/, path);
    ok(!/N{300}/.test(html), path);
    ok(!/[\u202a-\u202e\u2066-\u2069]/.test(html), path);
  }
  for (const path of [`/incidents/${first.id}`, `/alerts/${first.id}`]) {
    const { html } = await one.get(path);
    for (const heading of [/<title>(.*?)<\/title>/s, /<h1.*?>(.*?)<\/h1>/s]) {
      match(heading.exec(html)![1]!, /^[^\u202a-\u202e\u2066-\u2069]{1,300}$/u, path);
    }
  }
});

Deno.test("hostile labels show as text on every page", async () => {
  await using house = await testRelay();
  const evil = '"><script>alert(1)</script>';
  const labels: Record<string, string> = { [`x${evil}`]: evil, rtl: "\u202Eevil", long: "a".repeat(65_536) };
  for (let index = 0; index < 500; index++) labels[`label_${index}`] = evil;
  await house.fire(named(evil, labels), named("B", { instance: evil }));
  const id =
    (await api(house, "GET", "incidents")).body.incidents.find(({ title }: { title: string }) =>
      title === evil
    ).id;
  const one = await visitor(house);
  await one.post("/incidents/act", { only: id, text: evil });
  await api(house, "POST", `incidents/${id}/take`, { body: { by: evil } });
  const made = await one.post("/silences/new", {
    matchers: `alertname=${JSON.stringify(evil)}`,
    comment: evil,
    lasts: "1h",
    do: "make",
  });
  equal(made.status, 303);
  for (
    const path of [
      "/incidents",
      `/incidents/${id}`,
      "/noise",
      "/silences",
      made.headers.get("location")!,
      `/silences/new?incident=${id}`,
      `/silences/new?matchers=${encodeURIComponent(evil)}&comment=${encodeURIComponent(evil)}`,
      `/incidents?text=${encodeURIComponent(evil)}`,
      "/audit",
      `/audit?by=${encodeURIComponent(evil)}`,
    ]
  ) {
    const { html } = await one.get(path);
    doesNotMatch(html, /<script>alert|"><script/, path);
    match(html, /alert\(1\)/, `${path} shows it`);
  }
});

Deno.test("a program writes a memo as a person does: also of one that is over, and over nobody else's", async () => {
  await using house = await testRelay();
  await house.fire(named("Disk"));
  const id = await incidentOf(house, "Disk");
  const write = async (body: object): Promise<unknown[]> => {
    const { status, body: { incident } } = await api(house, "PUT", `incidents/${id}/memo`, { body });
    return [status, incident?.memo, incident?.known];
  };
  equal(await write({ memo: "looking", seen: "" }), [200, "looking", false]);
  equal(await write({ memo: "mine", seen: "" }), [409, "looking", false]);
  await house.fire({ ...named("Disk"), status: "resolved" });
  equal(await write({ memo: "a new disk", seen: "looking" }), [200, "a new disk", true]);
  equal(await write({ memo: "a new disk", seen: "a new disk" }), [200, "a new disk", true]);
  equal(await write({}), [422, undefined, undefined]);
  equal(await write({ memo: "" }), [422, undefined, undefined]);
});

Deno.test("acknowledged is what a person acknowledged: what ended by itself is not", async () => {
  await using house = await testRelay();
  const who = await visitor(house, "viewer");
  for (const title of ["Alone", "Seen"]) await house.fire(named(title));
  await api(house, "POST", `incidents/${await incidentOf(house, "Seen")}/ack`, { body: { by: "Li Lei" } });
  for (const title of ["Alone", "Seen"]) await house.fire({ ...named(title), status: "resolved" });
  const see = async (path: string): Promise<string> =>
    (await who.get(path, { "accept-language": "en" })).html;
  const titles = async (query: string): Promise<string[]> =>
    [...(await see(`/incidents?state=closed${query}`)).matchAll(/-\d{3}" dir="auto">([^<]+)</g)]
      .map(([, title]) => title!);
  equal(await titles("&known=yes"), ["Seen"]);
  equal(await titles("&known=no"), ["Alone"]);
  // The badges of the log's four rows: both of the incident that a person knew, none of the other's.
  const log = await see("/alerts");
  equal(log.match(/✓<\/span> <bdi>Li Lei</g)?.length, 2);
  equal(log.match(/✓<\/span> <bdi>/g)?.length, 2);
  match(await see(`/incidents/${await incidentOf(house, "Seen")}`), /Acknowledged by Li Lei/);
  doesNotMatch(
    mainOf(await see(`/incidents/${await incidentOf(house, "Alone")}`)),
    /Acknowledged by|Unacknowledged/,
  );
});

Deno.test("what fired and is over is not shown as firing: in the log, the story, the alert's page and the inbox", async () => {
  await using house = await testRelay();
  const who = await visitor(house, "viewer");
  await house.fire(named("Disk", { severity: "critical" }));
  const id = await incidentOf(house, "Disk");
  const paths = ["/alerts", `/incidents/${id}`, `/alerts/${id}`, "/inbox"];
  const badges = async (path: string): Promise<string[]> =>
    [
      ...(await who.get(path, { "accept-language": "en" })).html
        .matchAll(/class="badge status (\w+)"/g),
    ].map(([, status]) => status!);
  for (const path of paths) ok((await badges(path)).includes("firing"), path);
  await house.fire({ ...named("Disk", { severity: "critical" }), status: "resolved" });
  for (const path of paths) {
    const seen = await badges(path);
    ok(seen.includes("fired") && !seen.includes("firing"), `${path}: ${seen}`);
  }
  const story = (await who.get(`/incidents/${id}`)).html;
  ok(!/<li class="critical">/.test(story), "a step of what is over has no colour of what burns");
  await house.fire(named("Disk", { severity: "critical" }));
  equal(
    await badges("/alerts"),
    ["firing", "resolved", "fired"],
    "a new incident burns, the old one does not",
  );
});

Deno.test("an incident's page has what its sender says beside the text, once, and no link as a text", async () => {
  await using house = await testRelay();
  const annotations = {
    summary: "A pod keeps crashing.",
    description: "Pod checkout-1 has restarted 5 times in 10 minutes.",
    runbook_url: "https://runbooks.example.com/crash",
    empty: "",
  };
  await house.accept({ labels: { alertname: "Crash" }, annotations });
  const { incidents: [{ id }] } = (await api(house, "GET", "incidents")).body;
  const { html } = await (await visitor(house, "viewer")).get(`/incidents/${id}`);
  const facts = /<aside [^>]*>([^]*?)<\/aside>/.exec(html)![1]!;
  match(facts, /<bdi>description<\/bdi><\/dt><dd[^>]*>Pod checkout-1 has restarted 5 times in 10 minutes\.</);
  equal(facts.split("A pod keeps crashing.").length, 2);
  equal([facts.includes("runbook_url"), facts.includes(">empty<")], [false, false]);
});

Deno.test("an incident's page says in one sentence who was notified, or why nobody was", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
members: [{ id: li.lei, name: 李雷 }]
groups:
  - { owner: default, level: default, members: [li.lei], destinations: [{ channel: inbox }] }
  - { owner: hook, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }
  - { owner: none, level: default, destinations: [] }
rules:
  - { match: ['to="hook"'], group: hook/default }
  - { match: ['to="none"'], group: none/default }`,
  });
  const one = await visitor(house, "viewer");
  const verdict = async (title: string, locale = "en"): Promise<string> => {
    const id = await incidentOf(house, title);
    const { html } = await one.get(`/incidents/${id}`, { "accept-language": locale });
    return /<p class="sentence"[^>]*>([^]*?)<\/p>/.exec(html)![1]!.replaceAll(/<[^>]*>/g, "").trim();
  };
  await house.fire(named("Heard"));
  equal(await verdict("Heard"), "✓ Notified: 李雷 by Inbox at 16:00:00, confirmed by the provider.");
  equal(await verdict("Heard", "zh"), "✓ 已通知：李雷（收件箱），16:00:00 服务方已确认。");
  sink.answer({ status: 400 });
  await house.fire(named("Refused", { to: "hook" }));
  match(
    await verdict("Refused"),
    /^◆ Nobody was reached: hook\/default\/webhook failed at 16:00:00: HTTP 400.*\.$/,
  );
  sink.answer({ status: 503 });
  await house.fire(named("Sick", { to: "hook" }));
  match(await verdict("Sick"), /^… Not delivered yet: retrying hook\/default\/webhook: HTTP 503.*\.$/);
  await house.fire(named("Nobody", { to: "none" }));
  equal(await verdict("Nobody"), "● Not notified: the group has no destinations; add one.");
  await api(house, "POST", "silences", {
    body: { matchers: ["alertname=Quiet"], duration: "2h", author: "wang.fang" },
  });
  await house.fire(named("Quiet"));
  equal(await verdict("Quiet"), "○ Nobody was notified: silenced by wang.fang until 18:00:00.");
  const { html } = await one.get(`/incidents/${await incidentOf(house, "Quiet")}`);
  match(html, /<p class="links"><a href="\/silences\/[^"]+">/);
  await api(house, "POST", "silences", {
    body: { matchers: ["alertname=Heard"], duration: "1h", author: "me" },
  });
  match(await verdict("Heard"), /confirmed by the provider; now silenced by me until 17:00:00\.$/);
});

Deno.test("an incident is silenced with one click, for an hour or until it is resolved", async () => {
  await using house = await testRelay();
  await house.fire(named("A", { instance: "db-1", severity: "critical" }));
  const id = await incidentOf(house, "A");
  const one = await visitor(house, "operator");
  equal((await one.post(`/incidents/${id}/silence`, { lasts: "9h" })).status, 422);
  equal((await one.post("/incidents/nothing/silence", { lasts: "1h" })).status, 404);
  equal(
    (await (await visitor(house, "viewer")).post(`/incidents/${id}/silence`, { lasts: "1h" })).status,
    403,
  );
  for (const lasts of ["1h", "resolved"]) {
    const { status, headers } = await one.post(`/incidents/${id}/silence`, { lasts });
    equal([status, headers.get("location")], [303, `/incidents/${id}`]);
    await house.advance(1); // ids of one millisecond have no order
    const { html } = await one.get(`/incidents/${id}`, { "accept-language": "en" });
    match(html, lasts === "1h" ? /Silenced until 17:00\.</ : /Silenced until it is resolved\.</);
  }
  const { silences } = (await api(house, "GET", "silences")).body;
  equal(
    silences.map(({ matchers, author, until, createdAt, incidents }: Record<string, unknown>) => [
      matchers,
      author,
      incidents ?? Number(until) - Number(createdAt),
    ]),
    [
      [['alertname="A"', 'instance="db-1"'], "some-operator", [id]],
      [['alertname="A"', 'instance="db-1"'], "some-operator", 60 * MINUTE],
    ],
  );
});

Deno.test("a run of duplicates is one line, and opens to its alerts", async () => {
  await using house = await testRelay();
  for (let time = 0; time < 4; time++) {
    await house.fire(named("A"));
    await house.advance(MINUTE);
  }
  const one = await visitor(house, "viewer");
  const { html } = await one.get(`/incidents/${await incidentOf(house, "A")}`, { "accept-language": "en" });
  match(html, /<summary>3 duplicates between 16:00:00 and 16:03:00<\/summary>/);
  const part = /hx-get="([^"]+duplicates[^"]+)"/.exec(html)![1]!.replaceAll("&amp;", "&");
  const { status, html: run } = await one.get(part, { "accept-language": "en" });
  equal(status, 200);
  equal(
    [...run.matchAll(/<li><a href="\/alerts\//g)].length,
    4,
    "with the alert that they are duplicates of",
  );
  const log = /<a href="(\/alerts\?[^"]+)">Show them in the alert log/.exec(html)![1]!.replaceAll(
    "&amp;",
    "&",
  );
  equal([...(await one.get(log)).html.matchAll(/<tr id="/g)].length, 4);
  for (const period of ["from=x&to=1", "from=0&to=9007199254740991", "from=-1&to=1"]) {
    equal((await one.get(`${part.split("?")[0]}?${period}`)).status, 422, period);
  }
  equal((await one.get("/incidents/nothing/duplicates?from=1&to=2")).status, 404);
});
