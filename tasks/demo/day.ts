/**
 * The events of the demo's day.
 *
 * @module
 */
import type { PrometheusAlert, Senders } from "./senders.ts";
import type { Vendors } from "./vendors.ts";

/** An event of the day. */
export interface DayEvent {
  /** Minutes after the beginning of the day. */
  readonly minute: number;
  /** One sentence for the viewer. */
  readonly says?: string;
  readonly happens: () => Promise<void> | void;
}

/** The length of the day, in minutes. */
export const MINUTES = 24 * 60;

/** All events of the day, in order. */
export function dayOf(senders: Senders, vendors: Vendors): DayEvent[] {
  return [
    ...flappingDisk(senders),
    ...outage(senders),
    ...upgrade(senders),
    ...burst(senders),
    ...deadRobot(senders, vendors),
    ...business(senders),
    ...evening(senders),
  ].sort((a, b) => a.minute - b.minute);
}

/** A disk that comes and goes: the group is notified that the alert flaps, and later that it is stable again. */
function flappingDisk({ fire, resolve }: Sending): DayEvent[] {
  return [
    at(60, "A disk flaps: full for two minutes, then not, twelve times in an hour"),
    ...every(5, { from: 60, to: 115 }, () => fire(FLAPPING_DISK)),
    ...every(5, { from: 62, to: 117 }, () => resolve(FLAPPING_DISK)),
  ];
}

/** A rack without power. Two Alertmanagers see the same 30 nodes, and repeat their alerts every five minutes. */
function outage({ fire, resolve, acknowledge }: Sending): DayEvent[] {
  const peers = async (): Promise<void> => void await Promise.all([fire(...RACK), fire(...RACK)]);
  return [
    at(240, `A rack loses its power: ${RACK.length} nodes, each seen by both of two Alertmanagers`),
    ...every(5, { from: 240, to: 295 }, peers),
    at(
      252,
      "Li Lei acknowledges the outage",
      () => acknowledge("rack-4", { by: "li.lei", memo: "The power unit is being replaced" }),
    ),
    at(298, "The rack is back", async () => void await Promise.all([resolve(...RACK), resolve(...RACK)])),
  ];
}

/** A planned upgrade, silenced beforehand. */
function upgrade({ fire, resolve, silence }: Sending): DayEvent[] {
  return [
    at(
      420,
      "Wang Fang silences the test environment for an upgrade",
      () => silence({ matchers: ['env="test"'], duration: "2h", comment: "Upgrade", author: "wang.fang" }),
    ),
    ...every(10, { from: 430, to: 500 }, () => fire(...TEST_NODES)),
    at(505, undefined, () => resolve(...TEST_NODES)),
  ];
}

/** A deployment that breaks everything: far more messages than a robot's rate limit. */
function burst({ fire, resolve }: Sending): DayEvent[] {
  return [
    at(
      600,
      `A deployment breaks the shop: ${SERVICES.length} alerts at once; its robot takes 20 messages a minute`,
      async () => {
        for (const service of SERVICES) await fire(service);
      },
    ),
    at(618, "The deployment is rolled back", async () => {
      for (const service of SERVICES) await resolve(service);
    }),
  ];
}

/** A robot that a person removed from its group, and restored after two hours. */
function deadRobot({ fire, resolve }: Sending, { wecom }: Vendors): DayEvent[] {
  return [
    at(
      765,
      "Somebody removes the database team's robot from its WeCom group",
      () => wecom.fault("removed", { times: Infinity }),
    ),
    at(770, undefined, () => fire(REPLICATION)),
    ...every(5, { from: 775, to: 840 }, () => fire(REPLICATION)),
    at(842, undefined, () => resolve(REPLICATION)),
    at(850, undefined, () => fire(SLOW_QUERIES)),
    at(885, "The robot is back", () => wecom.heal()),
    at(905, undefined, () => resolve(SLOW_QUERIES)),
    at(1_020, undefined, () => fire(LOCKS)),
    at(1_035, undefined, () => resolve(LOCKS)),
  ];
}

/** Alerts of programs other than Prometheus. */
function business({ alarm, ocp }: Sending): DayEvent[] {
  const memstore = {
    alarmType: "ob_tenant_memstore_over_threshold",
    target: "tenant=pay:cluster=obprod",
    level: "2",
    labels: { team: "dba" },
    summary: "Tenant pay: MemStore at 93 %",
  };
  return [
    at(1_080, "The payment program reports three payments without an order, signed", () =>
      alarm({
        id: "pay",
        level: "1",
        alert_level: "高",
        alert_business: "payment",
        alert_function: "reconciliation",
        exception_spec: "3 payments without an order",
      })),
    at(
      1_140,
      "OceanBase OCP pushes an alarm, and that it is over",
      () => ocp({ ...memstore, status: "Active" }),
    ),
    at(1_165, undefined, () => ocp({ ...memstore, status: "Inactive" })),
  ];
}

/** The alerts that still fire at the end of the day. */
function evening({ fire, acknowledge }: Sending): DayEvent[] {
  return [
    at(1_330, undefined, () => fire(CERTIFICATE)),
    at(1_380, "The evening: a disk fills, and a CPU is busy", () => fire(DISK)),
    at(
      1_392,
      undefined,
      () => acknowledge("DiskWillFill", { by: "han.meimei", memo: "A bigger disk is on its way" }),
    ),
    ...every(5, { from: 1_415, to: 1_435 }, () => fire(CPU)),
    ...every(5, { from: 1_385, to: 1_435 }, () => fire(DISK)),
  ];
}

/** The senders' methods, separate from their object. */
type Sending = Pick<Senders, "fire" | "resolve" | "alarm" | "ocp" | "acknowledge" | "silence">;

function at(minute: number, says?: string, happens: DayEvent["happens"] = () => {}): DayEvent {
  return { minute, ...says === undefined ? {} : { says }, happens };
}

function every(
  minutes: number,
  { from, to }: { from: number; to: number },
  happens: DayEvent["happens"],
): DayEvent[] {
  return Array.from(
    { length: Math.floor((to - from) / minutes) + 1 },
    (_, index) => at(from + index * minutes, undefined, happens),
  );
}

const RACK: readonly PrometheusAlert[] = Array.from({ length: 30 }, (_, index) => ({
  labels: {
    alertname: "NodeDown",
    severity: index % 5 === 0 ? "critical" : "error",
    instance: `rack-4-${String(index + 1).padStart(2, "0")}.example.com`,
    rack: "4",
  },
  summary: "The node does not answer",
}));

const SERVICES: readonly PrometheusAlert[] = Array.from({ length: 120 }, (_, index) => ({
  labels: {
    alertname: ["ErrorRate", "Latency", "QueueLength", "PodRestarts"][index % 4]!,
    severity: index % 12 === 0 ? "critical" : "warning",
    service: `shop-${String(index + 1).padStart(3, "0")}`,
    team: "shop",
  },
  summary: `shop-${String(index + 1).padStart(3, "0")} is in trouble since the deployment`,
}));

const TEST_NODES: readonly PrometheusAlert[] = [1, 2, 3].map((number) => ({
  labels: { alertname: "NodeDown", severity: "error", instance: `test-${number}.example.com`, env: "test" },
  summary: "The node does not answer",
}));

const FLAPPING_DISK: PrometheusAlert = {
  labels: {
    alertname: "DiskFull",
    severity: "warning",
    instance: "web-7.example.com",
    mountpoint: "/var/log",
  },
  summary: "/var/log is 98 % full",
};

const DISK: PrometheusAlert = {
  labels: {
    alertname: "DiskWillFill",
    severity: "warning",
    instance: "web-2.example.com",
    mountpoint: "/data",
  },
  summary: "/data will be full in 4 hours",
};

const CPU: PrometheusAlert = {
  labels: { alertname: "HighCPU", severity: "critical", instance: "db-3.example.com" },
  summary: "CPU at 97 % for ten minutes",
};

const REPLICATION: PrometheusAlert = {
  labels: { alertname: "ReplicationLag", severity: "critical", instance: "mysql-2.example.com", team: "dba" },
  summary: "The replica is 340 s behind",
};

const SLOW_QUERIES: PrometheusAlert = {
  labels: { alertname: "SlowQueries", severity: "error", instance: "mysql-1.example.com", team: "dba" },
  summary: "132 slow queries a minute",
};

const LOCKS: PrometheusAlert = {
  labels: { alertname: "LockWaits", severity: "warning", instance: "mysql-1.example.com", team: "dba" },
  summary: "40 transactions wait for a lock",
};

const CERTIFICATE: PrometheusAlert = {
  labels: { alertname: "CertExpiresSoon", severity: "info", instance: "www.example.com" },
  summary: "14 days left",
};
