import { type Metric as LibraryMetric, Registry } from "prom-client";
import type { Metric } from "../../relay/metrics/instruments.ts";

/** The media type of {@linkcode exposition}. */
export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics in Prometheus' text format. The library writes it; the samples are the relay's own. */
export async function exposition(metrics: readonly Metric[]): Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) registry.registerMetric(asLibraryMetric(metric));
  return await registry.metrics();
}

/** A registry uses only a metric's `get`; the library's types demand more. */
function asLibraryMetric(metric: Metric): LibraryMetric {
  const { name, help, type } = metric;
  const get = (): unknown => ({
    name,
    help,
    type,
    values: Array.from(metric.samples(), ({ labels, value, suffix = "" }) => ({
      labels,
      value,
      metricName: name + suffix,
    })),
  });
  return { name, get } as unknown as LibraryMetric;
}
