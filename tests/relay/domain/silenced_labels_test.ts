import { deepStrictEqual as equal } from "node:assert/strict";
import { DEFAULT_LABEL_RULES } from "../../../relay/message/labels.ts";
import { silencedLabels } from "../../../relay/domain/silenced_labels.ts";

const TABLE: [what: string, title: string, labels: Record<string, string>, silenced: string[]][] = [
  [
    "the name and the object, and nothing that a restart changes",
    "KubePodCrashLooping",
    {
      alertname: "KubePodCrashLooping",
      container: "app",
      instance: "10.244.0.12:8443",
      job: "kube-state-metrics",
      namespace: "prod",
      pod: "checkout-1",
      prometheus: "monitoring/k8s",
      severity: "warning",
      uid: "0-1-2",
    },
    ["alertname", "namespace", "pod"],
  ],
  [
    "a detail of the object, so that another disk is told of",
    "DiskFull",
    { alertname: "DiskFull", instance: "db-1:9100", mountpoint: "/data", severity: "critical" },
    ["alertname", "instance", "mountpoint"],
  ],
  [
    "alarm_v2's business, host and function",
    "Orders",
    {
      id: "chenmin",
      level: "3",
      alert_business: "Orders",
      alert_function: "pay",
      alert_host: "db-1",
      alert_ip: "10.0.0.1",
      alert_time: "now",
      instance: "db-1",
    },
    ["alert_business", "alert_host", "alert_function"],
  ],
  [
    "OCP's rule, tenant and server",
    "The tenant is full",
    {
      ob_cluster: "C-12",
      tenant_name: "sys",
      svr_ip: "10.0.0.1",
      alarm_type: "t",
      alarm_target: "…",
      alarm_level: "1",
    },
    ["alarm_type", "ob_cluster", "tenant_name", "svr_ip"],
  ],
  [
    "the label that has the title",
    "磁盘",
    { title: "磁盘", host: "db-1", time: "10:43" },
    ["title", "host"],
  ],
  [
    "where no label names an object, others beside the name",
    "Watchdog",
    { alertname: "Watchdog", severity: "none", team: "ops", zone: "a", replica: "1" },
    ["alertname", "team", "zone"],
  ],
  [
    "where no label has the name, others beside the object",
    "a name from the text",
    { host: "db-1", check: "disk", level: "1" },
    ["host", "check", "level"],
  ],
  ["what changes only where there is nothing else", "Test", { id: "1" }, ["id"]],
  ["no value that is empty or too long", "Test", { alertname: "Test", a: "", b: "x".repeat(301), c: "d" }, [
    "alertname",
    "c",
  ]],
  ["six labels at most", "Test", Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`l${n}`, "x"])), [
    "l0",
    "l1",
    "l2",
    "l3",
    "l4",
    "l5",
  ]],
];

Deno.test("a silence of several alerts names what they are called and the labels that all of them have", () => {
  const labels = { alertname: "Crash", cluster: "c", namespace: "prod", pod: "a", other: "" };
  const named = (by: string[], title = "Crash"): string[] =>
    silencedLabels({ title, labels }, DEFAULT_LABEL_RULES.where, { by }).map(([name]) => name);
  equal(named(["namespace"]), ["alertname", "namespace"]);
  equal(named(["namespace", "cluster", "other", "none"]), ["alertname", "cluster", "namespace"]);
  equal(named([""]), ["alertname"]);
  const nameless = { title: "Crash", labels: { namespace: "prod", pod: "a" } };
  const whole = silencedLabels(nameless, DEFAULT_LABEL_RULES.where, { by: [""] });
  equal(whole, [["namespace", "prod"], ["pod", "a"]], "a silence of everything is none");
});

for (const [what, title, labels, silenced] of TABLE) {
  Deno.test(`a silence of an alert names ${what}`, () => {
    const pairs = silencedLabels({ title, labels }, DEFAULT_LABEL_RULES.where);
    equal(pairs, silenced.map((name) => [name, labels[name]]));
  });
}
