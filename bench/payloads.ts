/**
 * The requests of the load generator: as large as real ones, and all different.
 *
 * @module
 */
import { signAlarmV2 } from "../relay/domain/signature.ts";

/** Makes the whole request of index `number`: head and body. `at`: its timestamp, if it has one. */
export type MakeRequest = (number: number, at: number) => Uint8Array;

/** The secret of the group for alarm_v2. */
export const DEPARTMENT_SECRET = "bench-secret";

const NUMBER = "0000000000";
const TIME = "0000000000000.000";

const encoder = new TextEncoder();

/** The common content of all alerts of the load, with the labels that distinguish them. */
function alertWith(labels: Record<string, string>): Record<string, unknown> {
  return {
    labels: {
      alertname: "NodeFilesystemAlmostOutOfSpace",
      cluster: "prod-1",
      device: "/dev/nvme0n1p1",
      job: "node",
      mountpoint: "/var/lib/docker",
      severity: "warning",
      ...labels,
    },
    annotations: {
      summary: "Filesystem has less than 5% space left",
      description: "Filesystem on /dev/nvme0n1p1 has only 4.21% available space left",
      runbook_url: "https://runbooks.example.com/node/nodefilesystemalmostoutofspace",
    },
    startsAt: "2026-01-31T08:00:00.123Z",
    generatorURL: "http://prometheus-0:9090/graph?g0.expr=node_filesystem_avail_bytes",
  };
}

/** An Alertmanager's webhook with one alert. */
function webhook(labels: Record<string, string>): string {
  return JSON.stringify({
    version: "4",
    groupKey: '{}:{alertname="NodeFilesystemAlmostOutOfSpace"}',
    truncatedAlerts: 0,
    status: "firing",
    receiver: "fenghuo",
    groupLabels: { alertname: "NodeFilesystemAlmostOutOfSpace" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    alerts: [{
      status: "firing",
      ...alertWith(labels),
      endsAt: "0001-01-01T00:00:00Z",
      fingerprint: "0123456789abcdef",
    }],
  });
}

/** One-alert webhooks. `same`: all of them identical · `stamped`: each contains its time of sending. */
export function webhooks(
  { url, token, run, same = false, stamped = false }: {
    url: string;
    token: string;
    /** Distinguishes the alerts of this run from those of another. */
    run: string;
    same?: boolean;
    stamped?: boolean;
  },
): MakeRequest {
  const labels = { instance: `node-${NUMBER}.${run}`, ...stamped ? { sent: TIME } : {} };
  const request = requestOf(`${url}/webhook`, webhook(labels), token);
  const numberAt = placeOf(request, NUMBER);
  const timeAt = stamped ? placeOf(request, TIME) : 0;
  return (number, at) => {
    if (!same) write(request, numberAt, String(number).padStart(NUMBER.length, "0"));
    if (stamped) write(request, timeAt, at.toFixed(3));
    return request.slice(); // the one before may not be written out yet
  };
}

/** The same alerts as Prometheus posts them to an Alertmanager, one per request, all different. */
export function apiV2({ url, run }: { url: string; run: string }): MakeRequest {
  const body = JSON.stringify([alertWith({ instance: `node-${NUMBER}.${run}` })]);
  const request = requestOf(`${url}/api/v2/alerts`, body);
  const numberAt = placeOf(request, NUMBER);
  return (number) => {
    write(request, numberAt, String(number).padStart(NUMBER.length, "0"));
    return request.slice();
  };
}

/** Signed alerts for alarm_v2, all different. */
export function alarms({ url, run }: { url: string; run: string }): MakeRequest {
  return (number) => {
    const parameters = {
      id: "bench",
      level: "3",
      dep: "du-srv",
      env: "prod",
      alert_level: "高",
      alert_time: "2026-01-31 16:00:00",
      alert_business: "磁盘空间不足",
      alert_function: "node_filesystem_avail_bytes",
      alert_host: `node-${number}.${run}`,
      exception_spec: "可用空间少于 5%",
    };
    const sign = signAlarmV2(parameters, DEPARTMENT_SECRET);
    return requestOf(`${url}/alarm_v2`, JSON.stringify({ ...parameters, sign }));
  };
}

/** Epoch milliseconds with fractions, by the clock that all processes of a machine share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

function requestOf(url: string, body: string, token?: string): Uint8Array {
  const { host, pathname } = new URL(url);
  const bytes = encoder.encode(body);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    "content-type: application/json",
    `content-length: ${bytes.byteLength}`,
    ...token === undefined ? [] : [`authorization: Bearer ${token}`],
    "",
    "",
  ].join("\r\n");
  return new Uint8Array([...encoder.encode(head), ...bytes]);
}

function placeOf(request: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(request).indexOf(text);
}

function write(request: Uint8Array, at: number, digits: string): void {
  for (let index = 0; index < digits.length; index++) request[at + index] = digits.charCodeAt(index);
}
