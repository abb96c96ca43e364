import { deepStrictEqual as equal } from "node:assert/strict";
import { aboutOf } from "../../../relay/domain/about.ts";
import { DEFAULT_LABEL_RULES } from "../../../relay/message/labels.ts";

const TABLE: [what: string, labels: Record<string, string>, text: string, about: string][] = [
  [
    "the pod, not the exporter that watches it",
    { namespace: "prod", pod: "checkout-7d9f8b6c5-x2x4z", instance: "10.244.0.12:8443" },
    "The pod is crash looping",
    "prod/checkout-7d9f8b6c5-x2x4z",
  ],
  ["an instance where nothing better is there", { instance: "db-1:9100", job: "node" }, "", "db-1:9100"],
  [
    "an alarm_v2's host",
    { alert_business: "Disk", alert_host: "db-1", alert_ip: "10.0.0.1", instance: "db-1" },
    "部门:云端",
    "db-1",
  ],
  [
    "an alarm_v2's function, where it has no host",
    { alert_business: "Disk", alert_function: "order", alert_host: "" },
    "部门:云端",
    "order",
  ],
  [
    "OCP's tenant and server",
    {
      alarm_target: "ob_cluster=C:tenant_name=sys:svr_ip=10.0.0.1",
      ob_cluster: "C",
      ob_tenant: "sys",
      tenant_name: "sys",
      svr_ip: "10.0.0.1",
      host_ip: "10.0.0.1",
    },
    "",
    "C/sys/10.0.0.1",
  ],
  ["OCP's target, where it is a name", { alarm_target: "db-1", alarm_type: "t" }, "", "db-1"],
  [
    "how the text begins, where no label names an object",
    { color: "red" },
    "Two disks are full\nof three",
    "Two disks are full",
  ],
  ["nothing, where the text begins with the title", {}, "Disk\nis full", ""],
];

for (const [what, labels, text, about] of TABLE) {
  Deno.test(`what an alert is about: ${what}`, () =>
    equal(aboutOf({ title: "Disk", labels, text }, DEFAULT_LABEL_RULES.where), about));
}

Deno.test("what an alert is about is well-formed, however it is cut", () => {
  const about = aboutOf(
    { title: "", labels: {}, text: "🔥".repeat(100).slice(1) },
    DEFAULT_LABEL_RULES.where,
  );
  equal([about.length, about.isWellFormed()], [120, true]);
});
