import { deepStrictEqual as equal, match } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: db, level: oncall, destinations: [{ channel: inbox }] }
  - { owner: db, level: log, destinations: [{ channel: inbox }] }
rules:
  - { match: ["team=db"], group: db/oncall }
  - { match: ["team=db"], group: db/log }
`;

const iso = (time: number): string => new Date(time).toISOString();

/** The alert names of an answer, sorted. */
const namesOf = (alerts: readonly { labels: { alertname: string } }[]): string[] =>
  alerts.map(({ labels }) => labels.alertname).sort();

async function silence(house: TestRelay, name: string, value: string): Promise<string> {
  const { body } = await api(house, "POST", "v2/silences", {
    body: {
      matchers: [{ name, value, isRegex: false }],
      startsAt: iso(house.clock.now()),
      endsAt: iso(house.clock.now() + HOUR),
      createdBy: "li.lei",
      comment: "",
    },
  });
  return body.silenceID;
}

Deno.test("an open incident is an alert with its labels, annotations, times, groups and state", async () => {
  await using house = await testRelay({ yaml: YAML });
  const startsAt = iso(house.clock.now() - 60_000);
  await house.fire({
    labels: { alertname: "Disk", team: "db", instance: "db-1" },
    annotations: { summary: "full" },
    startsAt,
    generatorURL: "http://prometheus.example.com/graph",
  });
  const { status, body: [alert, ...others] } = await api(house, "GET", "v2/alerts");
  equal([status, others], [200, []]);
  const { fingerprint, ...rest } = alert;
  match(fingerprint, /^[0-9a-f]+$/);
  equal(rest, {
    labels: { alertname: "Disk", team: "db", instance: "db-1" },
    annotations: { summary: "full" },
    startsAt,
    endsAt: iso(house.clock.now() + 24 * HOUR),
    updatedAt: iso(house.clock.now()),
    generatorURL: "http://prometheus.example.com/graph",
    receivers: [{ name: "db/oncall" }, { name: "db/log" }],
    status: { state: "active", silencedBy: [], inhibitedBy: [], mutedBy: [] },
  });
  await house.fire({ status: "resolved", labels: { alertname: "Disk", team: "db", instance: "db-1" } });
  equal((await api(house, "GET", "v2/alerts")).body, []);
});

for (const exclusive of [true, false]) {
  const kind = exclusive ? "local" : "shared";
  Deno.test(`a posted alert is read back as Alertmanager has it, also when it was sent again, on a ${kind} store`, async () => {
    await using house = await testRelay({ exclusive });
    const startsAt = iso(house.clock.now() - 60_000);
    for (let minute = 0; minute < 3; minute++) {
      const sent = {
        labels: { alertname: "Disk", instance: "db-1" },
        annotations: { summary: "full" },
        startsAt,
        endsAt: iso(house.clock.now() + 240_000),
        generatorURL: "http://prometheus.example.com/graph",
      };
      const { status } = await house.request("/api/v2/alerts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([sent]),
      });
      equal(status, 200);
      await house.settle();
      const { body: [{ fingerprint: _, updatedAt, receivers, status: state, ...alert }, ...others] } =
        await api(house, "GET", "v2/alerts");
      equal([alert, others], [sent, []], `minute ${minute}`);
      equal([updatedAt, receivers, state.state], [
        iso(house.clock.now()),
        [{ name: "default/default" }],
        "active",
      ]);
      await house.advance(60_000);
    }
  });
}

Deno.test("alerts are filtered by matchers, receiver and state", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.fire(
    { labels: { alertname: "Disk", team: "db" } },
    { labels: { alertname: "Load", team: "db" } },
    { labels: { alertname: "Ping" } },
  );
  await silence(house, "alertname", "Load");
  await silence(house, "team", "db");
  const asked: [query: string, names: string[]][] = [
    ["", ["Disk", "Load", "Ping"]],
    ["filter=team=db", ["Disk", "Load"]],
    ['filter=team=db&filter=alertname!="Load"', ["Disk"]],
    ['filter=team=""', ["Ping"]],
    ["filter=alertname=~%22D.*|P.*%22", ["Disk", "Ping"]],
    ["receiver=db/.*", ["Disk", "Load"]],
    ["receiver=oncall", []],
    ["active=false", ["Disk", "Load"]],
    ["silenced=false", ["Ping"]],
    ["silenced=false&active=false", []],
    ["silenced=maybe&unprocessed=false", ["Ping"]],
    ["inhibited=false&active=", ["Disk", "Load", "Ping"]],
  ];
  for (const [query, names] of asked) {
    const { status, body } = await api(house, "GET", `v2/alerts?${query}`);
    equal([status, namesOf(body)], [200, names], query);
  }
  const { body } = await api(house, "GET", "v2/alerts?filter=alertname=Load");
  equal([body[0].status.state, body[0].status.silencedBy.length], ["suppressed", 2]);
});

Deno.test("an inhibited alert names the alerts that inhibit it, and is left out on request", async () => {
  await using house = await testRelay({
    yaml: "inhibit: [{ source: [alertname=Down], target: [alertname=Slow], equal: [host] }]",
  });
  await house.fire({ labels: { alertname: "Down", host: "a" } });
  await house.fire({ labels: { alertname: "Slow", host: "a" } }, {
    labels: { alertname: "Slow", host: "b" },
  });
  const { body: [down, slow, other] } = await api(house, "GET", "v2/alerts");
  equal([down.status.state, other.status.state, other.status.inhibitedBy], ["active", "active", []]);
  equal([slow.status.state, slow.status.inhibitedBy], ["suppressed", [down.fingerprint]]);
  equal(namesOf((await api(house, "GET", "v2/alerts?inhibited=false")).body), ["Down", "Slow"]);
  equal(namesOf((await api(house, "GET", "v2/alerts?active=false")).body), ["Slow"]);
  await house.fire({ status: "resolved", labels: { alertname: "Down", host: "a" } });
  equal(namesOf((await api(house, "GET", "v2/alerts?inhibited=false")).body), ["Slow", "Slow"]);
});

Deno.test("a filter that cannot be read is refused in Alertmanager's form", async () => {
  await using house = await testRelay({ yaml: YAML });
  const asked: [query: string, answer: RegExp][] = [
    ["filter=foo", /^bad matcher format: foo: /],
    ["filter=a=~%22(%22", /^bad matcher format: .*regular expression/],
    ["receiver=(", /^failed to parse receiver param: /],
    [`filter=a=~%22${"x".repeat(1_200)}%22`, /^bad matcher format: .*characters/],
  ];
  for (const [query, answer] of asked) {
    for (const address of ["alerts", "alerts/groups"]) {
      const { status, body } = await api(house, "GET", `v2/${address}?${query}`);
      equal(status, 400, query);
      match(body, answer);
    }
  }
});

Deno.test("alerts are grouped by receiver and name, once for each receiver", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.fire(
    { labels: { alertname: "Disk", team: "db", instance: "1" } },
    { labels: { alertname: "Disk", team: "db", instance: "2" } },
    { labels: { alertname: "Ping" } },
  );
  const groupsFor = async (query = ""): Promise<string[]> =>
    (await api(house, "GET", `v2/alerts/groups?${query}`)).body.map((
      { receiver, labels, alerts }: { receiver: { name: string }; labels: object; alerts: [] },
    ) => `${receiver.name} ${Object.values(labels)} ${alerts.length}`).sort();
  equal(await groupsFor(), ["db/log Disk 2", "db/oncall Disk 2", "default/default Ping 1"]);
  equal(await groupsFor("receiver=db/log"), ["db/log Disk 2"]);
  equal(await groupsFor("filter=instance=1"), ["db/log Disk 1", "db/oncall Disk 1"]);
});

Deno.test("alerts of a group with group_by are grouped by those labels that they have", async () => {
  const by: [groupBy: string, groups: string[]][] = [
    ["[instance, absent]", ['{"instance":"1"} 2', '{"instance":"2"} 1']],
    ["[]", ["{} 3"]],
    ["['...']", [
      '{"alertname":"Disk","instance":"1"} 1',
      '{"alertname":"Disk","instance":"2"} 1',
      '{"alertname":"Load","instance":"1"} 1',
    ]],
  ];
  for (const [groupBy, groups] of by) {
    const yaml = `
groups:
  - { owner: default, level: default, group_by: ${groupBy}, destinations: [{ channel: inbox }] }`;
    await using house = await testRelay({ yaml });
    await house.fire(
      { labels: { alertname: "Disk", instance: "1" } },
      { labels: { alertname: "Load", instance: "1" } },
      { labels: { alertname: "Disk", instance: "2" } },
    );
    const { body } = await api(house, "GET", "v2/alerts/groups");
    const shown = body.map(({ labels, alerts }: { labels: object; alerts: [] }) =>
      `${JSON.stringify(labels)} ${alerts.length}`
    );
    equal(shown.sort(), groups, groupBy);
  }
});

Deno.test("an alert that came without annotations shows its text, and without a source a link to its incident", async () => {
  await using house = await testRelay({
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
    yaml: "doors: [{ name: backup, title: Backup failed, text: $.error }]",
  });
  const response = await house.request("/in/backup", { method: "POST", body: '{"error": "no space"}' });
  equal(response.status, 200, await response.text());
  await house.fire({ labels: { alertname: "Ping" } });
  const { body: [backup, ping] } = await api(house, "GET", "v2/alerts");
  equal([backup.labels.alertname, backup.annotations], ["Backup failed", { description: "no space" }]);
  match(backup.generatorURL, /^https:\/\/alerts\.example\.com\/incidents\//);
  equal(ping.annotations, {});
});

for (const exclusive of [true, false]) {
  const kind = exclusive ? "local" : "shared";
  Deno.test(`a thousand alerts are answered whole, on a ${kind} store`, async () => {
    await using house = await testRelay({ exclusive });
    const alerts = Array.from({ length: 1_000 }, (_, index) => ({ labels: { instance: `i-${index}` } }));
    await house.fire(...alerts);
    const instancesOf = async (query: string): Promise<Set<string>> => {
      const { body } = await api(house, "GET", `v2/alerts?${query}`);
      return new Set(body.map(({ labels }: { labels: { instance: string } }) => labels.instance));
    };
    equal((await instancesOf("")).size, 1_000);
    equal([...await instancesOf("filter=instance=i-777")], ["i-777"]);
  });
}
