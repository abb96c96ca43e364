/**
 * The object that an alert is about, read from its labels.
 *
 * @module
 */
import { labelOf, type Labels } from "./alert.ts";
import { cut, oneLine } from "../base/text.ts";

/** A label that names the object or one of its parents. */
export interface WherePart {
  /** The label. */
  readonly name: string;
  /** Its value. */
  readonly value: string;
  /** Set when it names a part of the object, such as a mount point of a host. */
  readonly detail?: true;
}

/** The object that an alert is about. */
export interface Where {
  /** The outermost first, a detail last; empty when no label names an object. */
  readonly parts: readonly WherePart[];
  /** `prod/checkout-7d9f8b6c5-x2x4z`, `10.0.0.1:9100 /data`; empty when no label names an object. */
  readonly text: string;
  /** The object alone, short enough for a phone's notification: `checkout`; at most {@linkcode PLACE_CHARS} characters. */
  readonly place: string;
}

/** Which labels name the object: see {@linkcode compileWhere}. */
export interface WhereRules {
  /** Labels from the outermost to the one that names the object, in the order in which they are tried. */
  readonly objects: readonly (readonly string[])[];
  /** Detail labels; the first that an alert has is added. */
  readonly details: readonly string[];
}

/** Characters of a place, at most. */
export const PLACE_CHARS = 9;

/** The entry of an operator's list that includes the built-in list. */
export const BUILT_IN = "default";

/** Kinds of Kubernetes objects, the most specific first. */
const KUBERNETES = [
  "pod",
  "statefulset",
  "deployment",
  "daemonset",
  "job_name",
  "cronjob",
  "horizontalpodautoscaler",
  "persistentvolumeclaim",
  "poddisruptionbudget",
  "resourcequota",
];

/** The default of `where_labels`. */
export const DEFAULT_WHERE_LABELS: readonly string[] = [
  // If a target's labels collide with the metric's, Prometheus renames the metric's to exported_….
  "cluster/exported_namespace/exported_pod",
  ...KUBERNETES.map((kind) => `cluster/namespace/${kind}`),
  "cluster/persistentvolume",
  // OceanBase: obagent, ob-operator, and the labels of OCP's targets. A target that is not a list is used unchanged.
  "ob_cluster_name/ob_cluster/tenant_name/ob_tenant/svr_ip",
  "ob_cluster_name/ob_cluster/tenant_name/ob_tenant/host_ip",
  "ob_cluster_name/ob_cluster/tenant_name/ob_tenant",
  "ob_cluster_name/ob_cluster/tenant_name",
  "ob_cluster_name/ob_cluster/obzone",
  "ob_cluster_name/ob_cluster",
  "ob_cluster_name",
  "app_cluster",
  "cluster/node",
  "alert_host", // alarm_v2's names
  "alert_ip",
  "host",
  "hostname",
  "nodename",
  "hostIp", // as templates for Zabbix name it
  "hostip",
  "hostIP",
  "instanceName",
  "alarm_target", // OCP's, where none of its parts names the object
  "exported_instance",
  "instance",
  "ip",
  "cluster/namespace/service",
  "cluster/namespace",
  "server",
  "service",
  "job",
  "cluster",
  "alert_function",
  "+mountpoint",
  "+device",
];

/** Names of exporters' pods, and jobs whose metrics describe other pods, which may be exporters. */
const EXPORTER = /exporter|kube-state-metrics/;
const ABOUT_PODS = /kube-state-metrics|kubelet|cadvisor/;

/** Shown characters of a value, at most. */
const VALUE_CHARS = 100;

/** Compile a configured list; the entry `default` includes the built-in list. */
export function compileWhere(entries: readonly string[]): WhereRules {
  const all = entries.flatMap((entry) => entry === BUILT_IN ? DEFAULT_WHERE_LABELS : [entry]);
  return {
    objects: all.filter((entry) => !entry.startsWith("+")).map((entry) => entry.split("/")),
    details: all.filter((entry) => entry.startsWith("+")).map((entry) => entry.slice(1)),
  };
}

/** The object of an alert with these labels: named by the first entry whose last label exists. */
export function whereOf(labels: Labels, { objects, details }: WhereRules): Where {
  const isExporter = isExportersOwn(labels);
  const names = objects.find((names) => {
    const last = names.at(-1)!;
    return labelOf(labels, last) && !(isExporter && KUBERNETES.includes(last));
  });
  if (names === undefined) return NOWHERE;
  const parts = partsOf(labels, names);
  const detail = partsOf(labels, details.filter((name) => !names.includes(name)))[0];
  const all = detail === undefined ? parts : [...parts, { ...detail, detail: true as const }];
  return { parts: all, text: textOfParts(all), place: placeOf(all) };
}

/** The result when no label names an object. */
export const NOWHERE: Where = { parts: [], text: "", place: "" };

function partsOf(labels: Labels, names: readonly string[]): WherePart[] {
  const parts: WherePart[] = [];
  for (const name of names) {
    const value = cut(oneLine(labelOf(labels, name) ?? ""), { chars: VALUE_CHARS });
    // OCP sends the same tenant as ob_tenant and as tenant_name.
    if (value !== "" && !parts.some((part) => part.value === value)) parts.push({ name, value });
  }
  return parts;
}

/** Whether the labels name only the workload of an exporter: `instance` then names the measured object. */
export function isExportersOwn(labels: Labels): boolean {
  const pod = labelOf(labels, "pod");
  return pod !== undefined && EXPORTER.test(pod) && Boolean(labelOf(labels, "instance")) &&
    !ABOUT_PODS.test(labelOf(labels, "job") ?? "");
}

/** Parts as one text: `prod/checkout`, `db-1:9100 /data`. */
export function textOfParts(parts: readonly WherePart[]): string {
  return parts.map(({ value, detail }, index) => `${index === 0 ? "" : detail ? " " : "/"}${value}`).join("");
}

/** The most specific of the parts, at most {@linkcode PLACE_CHARS} characters of it. */
export function placeOf(parts: readonly WherePart[]): string {
  const part = parts.findLast(({ detail }) => !detail);
  if (part === undefined) return "";
  const name = /(?:^|_)pod$/.test(part.name) ? withoutHash(part.value) : hostIn(part.value);
  if (IPV6.test(name)) return name.length <= PLACE_CHARS ? name : `…${name.slice(1 - PLACE_CHARS)}`;
  if (!IPV4.test(name)) return cut(name, { chars: PLACE_CHARS });
  return name.length <= PLACE_CHARS ? name : endOfAddress(name);
}

const IPV6 = /^[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}$/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The suffix that Kubernetes appends to the name of a workload: a replica set's hash, a job's number, five letters of its alphabet. */
const SUFFIX = /^(.+?)(?:-(?:[bcdfghjklmnpqrstvwxz2456789]{6,10}|\d{8,}))?-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

function withoutHash(pod: string): string {
  return SUFFIX.exec(pod)?.[1] ?? pod;
}

/** The host of an address, without port and domain; other values unchanged. */
function hostIn(value: string): string {
  const [, host = value] = /^https?:\/\/([\w.-]+)(?:[:/].*)?$/i.exec(value) ??
    /^([\w.-]+):\d+$/.exec(value) ?? /^\[([\da-f:.]+)\](?::\d+)?$/i.exec(value) ?? [];
  const hasDomain = !IPV4.test(host) && /^[\w-]+(?:\.[\w-]+)+$/.test(host);
  return hasDomain ? host.split(".", 1)[0]! : host;
}

/** As many trailing parts of an IPv4 address as fit; they distinguish hosts. */
function endOfAddress(address: string): string {
  const parts = address.split(".");
  for (let from = 1; from < 3; from++) {
    const end = parts.slice(from).join(".");
    if (end.length < PLACE_CHARS) return `…${end}`;
  }
  return `…${parts[3]}`;
}
