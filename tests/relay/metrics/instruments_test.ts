import { deepStrictEqual as equal } from "node:assert/strict";
import { Counter, Gauge, Histogram, keyOf, type Metric } from "../../../relay/metrics/instruments.ts";

/** Each sample as `suffix{label=value} value`. */
function lines(metric: Metric): string[] {
  return Array.from(metric.samples(), ({ labels, value, suffix = "" }) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(" ");
    return `${suffix}{${pairs}} ${value}`;
  });
}

Deno.test("a counter adds up for each combination of its labels", () => {
  const counter = new Counter({ name: "n_total", help: "h", labels: ["channel", "state"] });
  equal(lines(counter), []);
  counter.add(keyOf("email", "dead"));
  counter.add(keyOf("email", "dead"), 2);
  counter.add(keyOf("inbox", "dead"));
  equal(lines(counter), ["{channel=email state=dead} 3", "{channel=inbox state=dead} 1"]);
});

Deno.test("a counter without labels is 0 from the start, so that its first increase is seen", () => {
  const counter = new Counter({ name: "n_total", help: "h" });
  equal(lines(counter), ["{} 0"]);
  counter.add();
  equal(lines(counter), ["{} 1"]);
});

Deno.test("a gauge is read when it is asked for", () => {
  let depth = 1;
  const gauge = new Gauge({ name: "n", help: "h", labels: ["lane"] }, () => [[["a"], depth]]);
  depth = 7;
  equal(lines(gauge), ["{lane=a} 7"]);
});

Deno.test("a histogram's buckets include what is below them, and a value at a bound counts in it", () => {
  const histogram = new Histogram({ name: "n_seconds", help: "h", labels: ["channel"] }, [0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.5, 2]) histogram.observe(seconds, "email");
  equal(lines(histogram), [
    "_bucket{channel=email le=0.1} 2",
    "_bucket{channel=email le=1} 3",
    "_bucket{channel=email le=+Inf} 4",
    "_sum{channel=email} 2.65",
    "_count{channel=email} 4",
  ]);
});
