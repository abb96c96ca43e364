import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Labels } from "../../../relay/domain/alert.ts";
import {
  compileWhere,
  DEFAULT_WHERE_LABELS,
  PLACE_CHARS,
  placeOf,
  whereOf,
} from "../../../relay/domain/where.ts";

const RULES = compileWhere(DEFAULT_WHERE_LABELS);

/** Labels that kube-state-metrics adds to its metrics. */
const KSM = { job: "kube-state-metrics", instance: "10.244.0.12:8443" };
/** Labels of a node exporter's target. */
const NODE_EXPORTER = {
  job: "node-exporter",
  namespace: "monitoring",
  pod: "node-exporter-7x2kq",
  container: "node-exporter",
  service: "node-exporter",
};

const OBJECTS: readonly (readonly [why: string, labels: Labels, text: string, place: string])[] = [
  [
    "a pod, and not what measured it",
    { ...KSM, namespace: "prod", pod: "checkout-7d9f8b6c5-x2x4z", container: "app" },
    "prod/checkout-7d9f8b6c5-x2x4z",
    "checkout",
  ],
  [
    "a daemon set's pod",
    { namespace: "kube-system", pod: "fluentd-x2x4z" },
    "kube-system/fluentd-x2x4z",
    "fluentd",
  ],
  ["a cron job's pod", { namespace: "a", pod: "backup-28392810-x2x4z" }, "a/backup-28392810-x2x4z", "backup"],
  ["a stateful set's pod keeps its number", { namespace: "db", pod: "pg-0" }, "db/pg-0", "pg-0"],
  [
    "a long name is cut at its end",
    { namespace: "db", pod: "data-postgres-0" },
    "db/data-postgres-0",
    "data-pos…",
  ],
  ["a deployment", { ...KSM, namespace: "prod", deployment: "cart" }, "prod/cart", "cart"],
  ["a stateful set", { ...KSM, namespace: "prod", statefulset: "pg" }, "prod/pg", "pg"],
  ["a daemon set", { ...KSM, namespace: "prod", daemonset: "cni" }, "prod/cni", "cni"],
  ["a job", { ...KSM, namespace: "prod", job_name: "nightly" }, "prod/nightly", "nightly"],
  ["an autoscaler", { ...KSM, namespace: "prod", horizontalpodautoscaler: "web" }, "prod/web", "web"],
  [
    "a volume claim, on whichever node",
    {
      job: "kubelet",
      namespace: "mon",
      persistentvolumeclaim: "data-0",
      node: "w-1",
      instance: "10.0.0.1:10250",
    },
    "mon/data-0",
    "data-0",
  ],
  ["a node", { ...KSM, node: "worker-030" }, "worker-030", "worker-0…"],
  [
    "a node exporter's host and mount point",
    { ...NODE_EXPORTER, instance: "worker-07", device: "/dev/sda1", mountpoint: "/data" },
    "worker-07 /data",
    "worker-07",
  ],
  [
    "its device where there is no mount point",
    { ...NODE_EXPORTER, instance: "w-7", device: "eth0" },
    "w-7 eth0",
    "w-7",
  ],
  [
    "an exporter's pod that is itself in trouble",
    { ...KSM, namespace: "monitoring", pod: "node-exporter-7x2kq", container: "node-exporter" },
    "monitoring/node-exporter-7x2kq",
    "node-exp…",
  ],
  [
    "Prometheus' own pod",
    { job: "prometheus-k8s", namespace: "m", pod: "prometheus-k8s-0", instance: "a:1" },
    "m/prometheus-k8s-0",
    "promethe…",
  ],
  [
    "a target by its service",
    { job: "apiserver", namespace: "default", service: "kubernetes" },
    "default/kubernetes",
    "kubernet…",
  ],
  ["a cluster with the rest", { cluster: "hz", namespace: "prod", pod: "pg-0" }, "hz/prod/pg-0", "pg-0"],
  [
    "what the metric itself said",
    { exported_namespace: "prod", exported_pod: "pg-0", namespace: "m", pod: "x" },
    "prod/pg-0",
    "pg-0",
  ],
  ["an address without its port", { instance: "10.0.0.1:9100" }, "10.0.0.1:9100", "10.0.0.1"],
  ["of a long address its end", { instance: "10.244.100.100:9100" }, "10.244.100.100:9100", "…100.100"],
  [
    "of the longest its last number",
    { instance: "192.168.100.1" },
    "192.168.100.1",
    "…100.1",
  ],
  ["a host without its domain", { instance: "db-1.example.com:9100" }, "db-1.example.com:9100", "db-1"],
  ["a site", { instance: "https://shop.example.com/health" }, "https://shop.example.com/health", "shop"],
  ["IPv6", { instance: "[::1]:9100" }, "[::1]:9100", "::1"],
  ["the end of a long one", { instance: "[2001:db8::a1:17]:9100" }, "[2001:db8::a1:17]:9100", "…8::a1:17"],
  [
    "OceanBase's cluster, tenant and server",
    { ob_cluster_name: "obtest", tenant_name: "mysql_pay", svr_ip: "10.0.0.7", obzone: "zone1" },
    "obtest/mysql_pay/10.0.0.7",
    "10.0.0.7",
  ],
  [
    "OceanBase's tenant",
    { ob_cluster_name: "obtest", tenant_name: "mysql_pay" },
    "obtest/mysql_pay",
    "mysql_pay",
  ],
  ["OCP's cluster", { ob_cluster: "obtest" }, "obtest", "obtest"],
  [
    "a tenant that OCP names twice",
    { ob_cluster: "c-12", tenant_name: "pay", ob_tenant: "pay" },
    "c-12/pay",
    "pay",
  ],
  [
    "OCP's server",
    { ob_cluster: "c-12", svr_ip: "10.0.0.7", host_ip: "10.0.0.7" },
    "c-12/10.0.0.7",
    "10.0.0.7",
  ],
  [
    "a target's part, not the target",
    { alarm_target: "host=10.10.0.17:cluster=obprod", host: "10.10.0.17", cluster: "obprod" },
    "10.10.0.17",
    "…10.0.17",
  ],
  ["a target that is no list", { alarm_target: "db-1", instance: "x" }, "db-1", "db-1"],
  ["alarm_v2's host", { alert_host: "db-1", alert_ip: "10.0.0.1", instance: "db-1" }, "db-1", "db-1"],
  ["a namespace, when nothing better is there", { namespace: "prod", severity: "x" }, "prod", "prod"],
  ["a job, when nothing else is", { job: "etcd" }, "etcd", "etcd"],
  ["nothing", { severity: "warning", team: "ops" }, "", ""],
  ["an empty label is none", { pod: "", instance: "db-1" }, "db-1", "db-1"],
];

for (const [why, labels, text, place] of OBJECTS) {
  Deno.test(`where: ${why}`, () => {
    const where = whereOf(labels, RULES);
    equal([where.text, where.place], [text, place]);
  });
}

Deno.test("an operator's own labels come first, with the built-in ones behind them or without", () => {
  const labels = { region: "cn", shop: "s-17", pod: "pg-0", door: "east" };
  equal(whereOf(labels, compileWhere(["region/shop", "+door"])).text, "cn/s-17 east");
  equal(whereOf({ pod: "pg-0" }, compileWhere(["region/shop"])).text, "");
  equal(whereOf({ pod: "pg-0" }, compileWhere(["region/shop", "default"])).text, "pg-0");
});

Deno.test("labels named like a property of every object are labels, and their absence is none", () => {
  equal(whereOf({}, compileWhere(["constructor", "toString"])).text, "");
  const odd = JSON.parse('{"__proto__":"x"}');
  equal(whereOf(odd, compileWhere(["__proto__"])).text, "x");
});

Deno.test("whatever a label says, a place is one short line, and a where is one line", () => {
  const name = fc.constantFrom("pod", "namespace", "instance", "node", "svr_ip", "mountpoint");
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.string({ unit: "binary", maxLength: 120 }), { maxKeys: 4 }),
      (labels) => {
        const { text, place, parts } = whereOf(labels, RULES);
        ok([...place].length <= PLACE_CHARS, place);
        ok(!/[\n\r\u2028\u202e]/.test(text + place));
        equal(placeOf(parts), place);
      },
    ),
  );
});
