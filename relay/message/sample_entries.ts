import type { Alert, Labels } from "../domain/alert.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Reason } from "../domain/outcome.ts";
import type { Severity } from "../domain/severity.ts";
import type { Entry } from "./entry.ts";
import { HOUR, MINUTE } from "../base/duration.ts";

/** The samples for previews of templates without a chosen alert. */
export const SAMPLES = ["firing", "still", "resolved", "several", "digest", "verbatim", "hostile"] as const;

/** One of {@linkcode SAMPLES}. */
export type Sample = typeof SAMPLES[number];

/** Deliveries of such a message; one of `digest` is a digest. */
export function sampleEntries(sample: Sample, now: number): Entry[] {
  const began = now - 25 * MINUTE;
  const over = { status: "resolved", endsAt: now - MINUTE } as const;
  switch (sample) {
    case "firing":
      return [entry(cpu(began), { reason: "repeat", folded: 12 })];
    case "still":
      return [{ ...entry(pod(now - 4 * HOUR, "checkout"), { reason: "repeat" }), still: true }];
    case "resolved":
      return [entry({ ...pod(began, "checkout"), ...over }, { reason: "resolved" })];
    case "several":
      return [
        ...["checkout", "cart", "api"].map((name) => entry(pod(began, name))),
        entry(disk(began, 1)),
        entry({ ...disk(began, 2), ...over }, { reason: "resolved" }),
        { ...entry(cpu(now - 4 * HOUR), { reason: "repeat" }), still: true },
      ];
    case "digest":
      return Array.from({ length: 60 }, (_, index) => {
        const alert = [cpu, disk, podOf][index % 3]!(began, index);
        return entry(index % 7 === 6 ? { ...alert, ...over } : alert, { folded: index % 4 });
      });
    case "verbatim":
      return [entry({
        ...cpu(began),
        verbatim: true,
        title: "订单对账",
        text: "[核心业务] 订单对账失败\n差异：3 笔\n请值班同事在 30 分钟内处理",
        links: [],
      })];
    case "hostile":
      return [entry(hostile(began))];
  }
}

/** A delivery of an alert. */
export function entry(
  alert: Alert,
  { id, reason = "first", folded = 0 }: { id?: string; reason?: Reason; folded?: number } = {},
): Entry {
  const fingerprint = sha256Hex(JSON.stringify([alert.title, alert.labels]), 32);
  const alertId = id ?? `${"0".repeat(26)}-000`;
  return { id: alertId, alertId, fingerprint, alert, reason, folded };
}

function alertOf(
  title: string,
  { severity, text, labels, began }: { severity: Severity; text: string; labels: Labels; began: number },
): Alert {
  return {
    dialect: "alertmanager",
    status: "firing",
    severity,
    title,
    text,
    labels: { alertname: title, ...labels, severity },
    annotations: { summary: text },
    startsAt: began,
    endsAt: null,
    links: [
      { kind: "source", url: "https://prometheus.example.com/graph?g0.expr=up" },
      { kind: "runbook", url: `https://wiki.example.com/runbooks/${encodeURIComponent(title)}` },
    ],
  };
}

function cpu(began: number, number = 1): Alert {
  return alertOf("HighCPU", {
    began,
    severity: "critical",
    text: "CPU 使用率 97%，已持续 10 分钟 (CPU above 95% for 10 minutes)",
    labels: { instance: `db-${number}.example.com:9100`, job: "node", team: "ops", zone: "cn-north-1" },
  });
}

function disk(began: number, number: number): Alert {
  return alertOf("DiskWillFill", {
    began,
    severity: "warning",
    text: "/data 将在 4 小时内写满 (fills up within 4 hours)",
    labels: { instance: `web-${number}.example.com:9100`, job: "node", team: "ops", mountpoint: "/data" },
  });
}

/** A pod's alert in the form of kube-prometheus' rules: `instance` is the exporter, not the pod. */
function pod(began: number, name: string): Alert {
  const labels = {
    namespace: "prod",
    pod: `${name}-7d9f8b6c5-x2x4z`,
    container: "app",
    reason: "CrashLoopBackOff",
    instance: "10.244.0.12:8443",
    job: "kube-state-metrics",
    prometheus: "monitoring/k8s",
  };
  const alert = alertOf("KubePodCrashLooping", {
    began,
    severity: "warning",
    text: "Pod 反复崩溃 (a pod keeps crashing)",
    labels,
  });
  const description = `prod/${labels.pod} 10 分钟内重启了 5 次 (restarted 5 times in 10 minutes)`;
  return { ...alert, annotations: { ...alert.annotations, description } };
}

function podOf(began: number, number: number): Alert {
  return pod(began, `shop-${number}`);
}

/** An alert that tries to break whatever displays it. */
function hostile(began: number): Alert {
  return alertOf('<b onclick="x">Bold</b> **bold** [a](javascript:x) `code`', {
    began,
    severity: "error",
    text:
      "# not a heading\n<script>alert(1)</script>\n| a | b |\n![](https://example.com/x.png)\n\u202egnp.exe @all <@all>\n" +
      "很长的一行 ".repeat(200),
    labels: {
      instance: '"><img src=x onerror=alert(1)>',
      ["a-very-long-name-".repeat(8)]: "value ".repeat(80),
      ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`label_${index}`, `value*${index}*`])),
    },
  });
}
