import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** kube-state-metrics, which watches every pod. */
const WATCHER = "10.244.0.12:8443";

const POD = {
  alertname: "KubePodCrashLooping",
  severity: "critical",
  namespace: "prod",
  pod: "checkout-7d9f8b6c5-x2x4z",
  instance: WATCHER,
  job: "kube-state-metrics",
  uid: "5f0c",
};
const WHERE = "prod/checkout-7d9f8b6c5-x2x4z";

async function housePosted(...labels: Record<string, string>[]): Promise<TestRelay> {
  const house = await testRelay({
    yaml:
      "where_labels: [shop, default]\ngroups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]",
  });
  await house.fire(...labels.map((labels) => ({ labels })));
  return house;
}

/** The text of a page, without markup and attributes. */
function textOf(html: string): string {
  return html.slice(html.indexOf("<main")).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

Deno.test("lists and headings name the pod and its namespace, and not what watches it", async () => {
  await using house = await housePosted(POD);
  const [{ id }] = (await api(house, "GET", "incidents")).body.incidents;
  const [delivery] = (await api(house, "GET", "deliveries")).body.deliveries;
  const one = await visitor(house);
  const lists = [
    "/",
    "/alerts",
    "/incidents",
    "/deliveries?tab=recent",
    `/deliveries/${delivery.id}`,
    "/noise",
    `/silences/new?alert=${id}`,
    `/templates?alert=${id}`,
    `/rules?alert=${id}`,
  ];
  for (const path of lists) {
    const { status, html } = await one.get(path);
    equal(status, 200, path);
    match(html, new RegExp(WHERE), path);
  }
  for (const path of ["/", "/alerts", "/incidents", "/deliveries?tab=recent", "/noise"]) {
    doesNotMatch(textOf((await one.get(path)).html), new RegExp(WATCHER), path);
  }
  for (const path of [`/alerts/${id}`, `/incidents/${id}`]) {
    const text = textOf((await one.get(path)).html);
    match(text, new RegExp(`KubePodCrashLooping ${WHERE} `), "below the heading");
    for (const value of Object.values(POD)) ok(text.includes(value), `${path} has every label: ${value}`);
  }
});

Deno.test("lines of a list that would read the same also have what differs, and no others have", async () => {
  await using house = await housePosted(
    { ...POD, container: "app", reason: "OOMKilled", uid: "1" },
    { ...POD, container: "proxy", reason: "Error", uid: "2" },
    { ...POD, pod: "cart-0", container: "app", reason: "Error" },
  );
  const one = await visitor(house, "viewer");
  for (const path of ["/incidents?group_by=none", "/incidents?expand=KubePodCrashLooping", "/alerts"]) {
    const text = textOf((await one.get(path)).html);
    match(text, new RegExp(`${WHERE} container=app reason=OOMKilled `), path);
    match(text, new RegExp(`${WHERE} container=proxy reason=Error `), path);
    match(text, /prod\/cart-0 (?!container)/, path);
    doesNotMatch(text, /uid=/, path);
  }
});

Deno.test("where an operator's own label names the object, lists follow at once", async () => {
  await using house = await housePosted({ ...POD, shop: "Hangzhou 1" });
  const one = await visitor(house, "viewer");
  for (const path of ["/", "/alerts", "/incidents", "/deliveries?tab=recent"]) {
    match(textOf((await one.get(path)).html), /KubePodCrashLooping Hangzhou 1 /, path);
  }
});

Deno.test("what a message says of where it is finds the alert and the incident", async () => {
  await using house = await housePosted(
    { ...POD, mountpoint: "/data" },
    { ...POD, pod: "cart-0" },
    { alertname: "Disk", instance: "db-1:9100" },
  );
  const found = async (list: "alerts" | "incidents", query: string): Promise<string[]> => {
    const search = new URLSearchParams({ [list === "alerts" ? "q" : "text"]: query, severity: "" });
    search.delete("severity");
    const { body } = await api(house, "GET", `${list}?${search}`);
    return body[list].map(({ where }: { where: string }) => where).sort();
  };
  const table: [query: string, where: string[]][] = [
    [`${WHERE} /data`, [`${WHERE} /data`]],
    ["checkout KubePodCrashLooping", [`${WHERE} /data`]],
    ["PROD/cart", ["prod/cart-0"]],
    ["prod/", []],
    ["prod/cart-0/x", []],
    ["db-1:9100", ["db-1:9100"]],
    ["kubepod", ["prod/cart-0", `${WHERE} /data`]],
  ];
  for (const packed of [false, true]) {
    if (packed) await house.relay.store.summaries.pack();
    for (const [query, where] of table) {
      equal(await found("alerts", query), where, `alerts: ${query}`);
      equal(await found("incidents", query), where, `incidents: ${query}`);
    }
  }
});

Deno.test("the API says where an alert and an incident are, also of a folded alert, and of one whose labels are gone", async () => {
  await using house = await housePosted(POD);
  await house.accept({ labels: POD });
  await house.accept({ labels: { alertname: "Nowhere" } });
  const { alerts } = (await api(house, "GET", "alerts")).body;
  equal(alerts.map(({ where }: { where: string }) => where), ["", WHERE, WHERE]);
  equal((await api(house, "GET", `alerts/${alerts[1].id}`)).body.alert.where, WHERE);
  const { incidents } = (await api(house, "GET", "incidents")).body;
  equal(incidents.map(({ where }: { where: string }) => where), ["", WHERE]);
  equal((await api(house, "GET", `incidents/${incidents[1].id}`)).body.incident.where, WHERE);
});

Deno.test("the log says an alert's text once, where no label names an object", async () => {
  await using house = await housePosted();
  await (await house.post({ labels: { alertname: "Odd" }, annotations: { summary: "The text" } })).body
    ?.cancel();
  await house.settle();
  const { html } = await (await visitor(house)).get("/alerts");
  equal(textOf(html).split("The text").length - 1, 1);
  match(html, /<td class="where"[^>]*><\/td>/);
});
