import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { type TestRelay, testRelay, webhook } from "../../kit/relay.ts";

/** A payload of Grafana 11, with a test's changes in its only alert. */
function grafana(alert: object = {}, envelope: object = {}): Record<string, unknown> {
  return {
    receiver: "fenghuo",
    status: "firing",
    orgId: 1,
    groupLabels: { alertname: "High CPU" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "https://grafana.example.com/",
    version: "1",
    groupKey: '{}:{alertname="High CPU"}',
    truncatedAlerts: 0,
    title: "[FIRING:1] High CPU",
    state: "alerting",
    message: "**Firing**",
    ...envelope,
    alerts: [{
      status: "firing",
      labels: { alertname: "High CPU", grafana_folder: "Infra", severity: "critical" },
      annotations: {},
      startsAt: "2026-01-31T08:00:00+08:00",
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "https://grafana.example.com/alerting/grafana/x/view?orgId=1",
      fingerprint: "c6eadffa33fcdf37",
      silenceURL: "https://grafana.example.com/alerting/silence/new",
      dashboardURL: "https://grafana.example.com/d/x",
      panelURL: "https://grafana.example.com/d/x?viewPanel=2",
      values: { A: 81.5, B: 1 },
      valueString: "[ var='A' labels={} value=81.5 ]",
      orgId: 1,
      ...alert,
    }],
  };
}

async function post(house: TestRelay, body: unknown): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return await house.request("/webhook", { method: "POST", body: text });
}

async function storedFrom(house: TestRelay, body: unknown): Promise<Alert> {
  const response = await post(house, body);
  equal([response.status, (await response.json()).accepted], [200, 1]);
  const [logged] = await house.relay.store.log.newest(1);
  return logged!.alert as Alert;
}

Deno.test("every field of Grafana's payload is understood", async () => {
  await using house = await testRelay();
  const alert = await storedFrom(house, grafana());
  equal([alert.dialect, alert.status, alert.severity, alert.title], [
    "grafana",
    "firing",
    "critical",
    "High CPU",
  ]);
  equal([alert.startsAt, alert.endsAt], [Date.UTC(2026, 0, 31), null]);
  equal(alert.links, [
    { kind: "source", url: "https://grafana.example.com/alerting/grafana/x/view?orgId=1" },
    { kind: "dashboard", url: "https://grafana.example.com/d/x" },
    { kind: "panel", url: "https://grafana.example.com/d/x?viewPanel=2" },
    { kind: "silence", url: "https://grafana.example.com/alerting/silence/new" },
  ]);
  equal(alert.origin?.receiver, "fenghuo");
});

Deno.test("the image of the panel is a link", async () => {
  await using house = await testRelay();
  const { links } = await storedFrom(
    house,
    grafana({
      panelURL: undefined,
      dashboardURL: undefined,
      imageURL: "https://grafana.example.com/i/1.png",
    }),
  );
  equal(links.filter(({ kind }) => kind === "image"), [
    { kind: "image", url: "https://grafana.example.com/i/1.png" },
  ]);
  const only = { imageURL: "https://grafana.example.com/i/1.png", labels: { alertname: "x" } };
  equal((await storedFrom(house, { alerts: [{ status: "firing", ...only }] })).dialect, "grafana");
});

Deno.test("the same labels from two organisations are two alerts, each over by itself; the main one is as ever", async () => {
  await using house = await testRelay();
  for (const orgId of [1, 2, "3"]) await post(house, grafana({ orgId }, { orgId }));
  await post(house, grafana({ orgId: undefined }, { orgId: 2 })); // of older versions, which name it once
  await post(house, grafana({ orgId: undefined }, { orgId: undefined }));
  await post(
    house,
    grafana({ orgId: 3, status: "resolved", endsAt: "2026-01-31T08:10:00+08:00" }, { orgId: 3 }),
  );
  const logged = (await house.relay.store.log.newest(9)).toReversed();
  equal(
    logged.map(({ routing }) => {
      const { outcome } = routing[0]!;
      return outcome.kind === "told" ? outcome.reason : outcome.kind;
    }),
    ["first", "first", "first", "folded", "folded", "resolved"],
  );
  const [main, second, third, again, unnamed, over] = logged.map(({ fingerprint }) => fingerprint);
  equal([new Set([main, second, third]).size, again, unnamed, over], [3, second, main, third]);
  equal(
    logged.slice(0, 3).map(({ alert }) => (alert as Alert).labels.grafana_org),
    [undefined, "2", "3"],
    "people can tell them apart",
  );
});

const TEXTS: [what: string, alert: object, title: string, text: string][] = [
  ["a message first", { annotations: { message: "m", summary: "s" } }, "High CPU", "m"],
  ["else the summary", { annotations: { summary: "s", description: "d" } }, "High CPU", "s"],
  ["else the values", {}, "High CPU", "A=81.5, B=1"],
  ["else Grafana's form of them", { values: null }, "High CPU", "[ var='A' labels={} value=81.5 ]"],
  ["else nothing", { values: {}, valueString: "" }, "High CPU", ""],
  ["no value that is none", { values: { A: null, B: 2, C: "x" } }, "High CPU", "B=2"],
  [
    "the rule that has no data",
    { labels: { alertname: "DatasourceNoData", rulename: "High CPU" }, annotations: { summary: "s" } },
    "DatasourceNoData: High CPU",
    "s",
  ],
  [
    "the rule that fails",
    { labels: { alertname: "DatasourceError", rulename: "High CPU" }, values: null, valueString: "" },
    "DatasourceError: High CPU",
    "",
  ],
  [
    "a rule's name only where it says more",
    { labels: { alertname: "Other", rulename: "High CPU" } },
    "Other",
    "A=81.5, B=1",
  ],
];

for (const [what, change, title, text] of TEXTS) {
  Deno.test(`an alert of Grafana's shows ${what}`, async () => {
    await using house = await testRelay();
    const alert = await storedFrom(house, grafana(change));
    equal([alert.title, alert.text], [title, text]);
  });
}

const SHAPES: [what: string, body: object, dialect: string][] = [
  ["version 1 and an organisation", grafana(), "grafana"],
  ["fields that only Grafana has", grafana({}, { version: undefined, orgId: undefined }), "grafana"],
  ["nothing of Grafana's", webhook({}), "alertmanager"],
  ["version 1 alone", { ...webhook({}), version: "1" }, "alertmanager"],
];

for (const [what, body, dialect] of SHAPES) {
  Deno.test(`a payload with ${what} is taken as ${dialect}`, async () => {
    await using house = await testRelay();
    equal((await storedFrom(house, body)).dialect, dialect);
  });
}

Deno.test("firing and resolved of Grafana's alert are one incident, in whatever payload they come", async () => {
  await using house = await testRelay();
  await storedFrom(house, grafana());
  const resolved = { status: "resolved", endsAt: "2026-01-31T09:00:00Z", values: null };
  const alert = await storedFrom(house, grafana(resolved, { status: "resolved", state: "ok" }));
  equal([alert.status, alert.endsAt], ["resolved", Date.UTC(2026, 0, 31, 9)]);
  const [logged] = await house.relay.store.log.newest(1);
  equal(logged!.routing.map(({ outcome }) => outcome), [{ kind: "told", reason: "resolved", folded: 0 }]);
});

const BAD: [what: string, body: unknown, words: RegExp][] = [
  ["no alerts", { version: "1", orgId: 1 }, /^alerts: an array is needed, not nothing$/],
  ["a label that is no string", grafana({ labels: { a: 1 } }), /^alerts\[0\]\.labels\.a: a string is needed/],
  ["no labels", grafana({ labels: undefined }), /^alerts\[0\]\.labels: an object of strings is needed/],
  ["an unknown status", grafana({ status: "pending" }), /^alerts\[0\]\.status: "firing" or "resolved"/],
  ["no status at all", grafana({ status: null }, { status: null }), /^alerts\[0\]\.status/],
  ["a time that is none", grafana({ startsAt: "soon" }), /^alerts\[0\]\.startsAt: a time such as/],
  ["a link that is no string", grafana({ panelURL: {} }), /^alerts\[0\]\.panelURL: a string is needed/],
  ["an alert that is none", { version: "1", orgId: 1, alerts: [null] }, /^alerts\[0\]: an object is needed/],
];

for (const [what, body, words] of BAD) {
  Deno.test(`a payload of Grafana's with ${what} is refused whole, and says where`, async () => {
    await using house = await testRelay();
    const response = await post(house, body);
    equal(response.status, 422);
    match((await response.json()).error, words);
    equal(await house.relay.store.log.newest(1), []);
    equal(house.reports, []);
  });
}

Deno.test("hostile values stay text, and labels that differ only in __proto__ never merge", async () => {
  await using house = await testRelay();
  const evil = `"><script>alert(1)</script>${"长".repeat(20_000)}`;
  const first = await storedFrom(house, grafana({ valueString: evil, values: { [evil]: 1 } }));
  equal(first.dialect, "grafana");
  const proto = JSON.stringify(grafana()).replace('"labels":{', '"labels":{"__proto__":"x",');
  for (const [text, duplicates] of [[proto, 0], [proto.replace('"x"', '"y"'), 0], [proto, 1]] as const) {
    equal((await (await post(house, text)).json()).duplicates, duplicates);
  }
  await house.settle();
  equal(house.reports, []);
});

Deno.test("an alert of Grafana's reaches a robot with its values and its links", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "t" }] });
  await using house = await testRelay({
    yaml: `
groups:
  - owner: infra
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: t, base: "${dingtalk.url}" } }]
`,
  });
  const response = await house.request("/webhook/infra/default", {
    method: "POST",
    body: JSON.stringify(grafana()),
  });
  equal(await response.json(), { accepted: 1, duplicates: 0, notifications: 1 });
  await house.settle();
  const { title, text } = dingtalk.robot("t").messages[0]!;
  match(title, /High CPU/);
  for (const part of [/A=81\.5, B=1/, /\(https:\/\/grafana\.example\.com\/d\/x\)/]) match(text, part);
  const annotations = { summary: "The disk is full" };
  const labels = { alertname: "Disk", grafana_folder: "Infra" };
  await house.request("/webhook/infra/default", {
    method: "POST",
    body: JSON.stringify(grafana({ labels, annotations, values: { A: 97.323456 } })),
  });
  await house.settle();
  for (const part of [/The disk is full/, /A=97\.32\b/]) match(dingtalk.robot("t").messages[1]!.text, part);
});

Deno.test("an alert without values, or with null, is notified all the same", async () => {
  await using house = await testRelay();
  for (
    const [index, values] of [{}, { values: null }, { values: undefined, valueString: "[ var='A' value=3 ]" }]
      .entries()
  ) {
    const response = await house.request("/webhook", {
      method: "POST",
      body: JSON.stringify({
        version: "1",
        orgId: 1,
        alerts: [{ status: "firing", labels: { alertname: `G${index}` }, annotations: {}, ...values }],
      }),
    });
    equal([response.status, (await response.json()).accepted], [200, 1]);
  }
});
