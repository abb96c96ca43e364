/**
 * Sets of alerts of typical sizes: one alert, a deployment that crashes, a cluster with several faults, the faults of all
 * teams, and a node pool that cannot pull its images.
 *
 * @module
 */
import type { GoldenAlert } from "./alert.ts";
import * as kube from "./kube_prometheus.ts";
import * as mysql from "./mysql.ts";
import * as node from "./node.ts";
import * as oceanbase from "./oceanbase.ts";

const THREE: readonly GoldenAlert[] = [
  kube.podCrashLooping("prod", "checkout-7d9f8b6c5-x2x4z", "app"),
  kube.podCrashLooping("prod", "cart-5f6d8c7b9-4mzkp", "app"),
  kube.podCrashLooping("prod", "api-6c9b7d5f8-q8w2r", "gateway"),
];

const SIX: readonly GoldenAlert[] = [
  kube.volumeFillingUp("monitoring", "prometheus-k8s-db-prometheus-k8s-0", "2.41"),
  node.filesystemFull("worker-07", "/data", "1.93"),
  kube.deploymentMismatch("prod", "checkout"),
  kube.autoscalerMaxedOut("prod", "cart"),
  kube.jobFailed("batch", "nightly-report-29381760"),
  kube.targetDown("prod", "payment"),
];

const THIRTY: readonly GoldenAlert[] = [
  ...THREE,
  ...SIX,
  kube.volumeFillingUp("monitoring", "alertmanager-main-db-alertmanager-main-0", "2.87"),
  kube.volumeFillingUp("data", "data-postgres-0", "0.61"),
  kube.nodeNotReady("worker-11"),
  kube.nodeNotReady("worker-12"),
  kube.podNotReady("prod", "search-59c8d7f6b-l2x9v"),
  kube.podNotReady("prod", "search-59c8d7f6b-tt7kd"),
  kube.statefulSetMismatch("data", "postgres"),
  kube.daemonSetStuck("kube-system", "cilium"),
  kube.quotaAlmostFull("staging", "requests.cpu"),
  kube.cpuThrottling("prod", "search-59c8d7f6b-l2x9v", "app"),
  kube.ruleFailures("prometheus-k8s-0"),
  node.networkErrors("worker-03", "ens5"),
  node.clockSkew("worker-12"),
  mysql.mysqlDown("10.20.1.15:9104"),
  mysql.mysqlReplicationLag("10.20.1.16:9104", "412"),
  mysql.mysqlReplicationLag("10.20.1.17:9104", "388"),
  mysql.mysqlConnections("10.20.1.16:9104"),
  oceanbase.serverInactive("obprod", "zone1", "10.30.0.11"),
  oceanbase.activeSessions("obprod", "pay", "10.30.0.12"),
  oceanbase.memstoreFull("obprod", "pay", "10.30.0.11"),
  oceanbase.memstoreFull("obprod", "trade", "10.30.0.13"),
];

const POOL: readonly GoldenAlert[] = Array.from(
  { length: 170 },
  (_, index) => kube.containerWaiting("staging", `worker-${String(index + 30).padStart(3, "0")}`, "job"),
);

/** The sets, by their number of alerts. */
export const SETS: Readonly<Record<"1" | "3" | "6" | "30" | "200", readonly GoldenAlert[]>> = {
  1: [THREE[0]!],
  3: THREE,
  6: SIX,
  30: THIRTY,
  200: [...POOL, ...THIRTY],
};

/** One of the sets. */
export type Size = keyof typeof SETS;
