import { deepStrictEqual as equal } from "node:assert/strict";
import type { Labels } from "../../../relay/domain/alert.ts";
import {
  DEFAULT_LABEL_RULES,
  differingLabels,
  isHidden,
  labelRules,
  visibleLabels,
} from "../../../relay/message/labels.ts";

const namesOf = (labels: Labels, where: readonly string[], rules = DEFAULT_LABEL_RULES): string[] =>
  visibleLabels(labels, rules, where).map(([name]) => name);

Deno.test("noise is hidden: by name, and by how a name begins", () => {
  for (
    const name of [
      "job",
      "prometheus",
      "prometheus_replica",
      "endpoint",
      "metrics_path",
      "uid",
      "service",
      "alertname",
    ]
  ) equal(isHidden(name, DEFAULT_LABEL_RULES), true, name);
  for (const name of ["rule_name", "label_app_kubernetes_io_name", "__meta_x"]) {
    equal(isHidden(name, DEFAULT_LABEL_RULES), true, name);
  }
  for (const name of ["reason", "container", "rule", "jobs", "team"]) {
    equal(isHidden(name, DEFAULT_LABEL_RULES), false, name);
  }
});

Deno.test("an operator's list takes the place of the built-in one, or adds to it", () => {
  equal(isHidden("job", labelRules({ hide: ["team"] })), false);
  equal(isHidden("job", labelRules({ hide: ["team", "default"] })), true);
  equal(isHidden("anything", labelRules({ hide: ["*"] })), true);
  equal(isHidden("job", labelRules({ hide: [] })), false);
});

Deno.test("the address of what measured is shown only where it is the object", () => {
  const labels = { alertname: "X", instance: "10.244.0.12:8443", reason: "OOMKilled", empty: "" };
  equal(namesOf(labels, ["namespace", "pod"]), ["reason"]);
  equal(namesOf(labels, ["instance"]), ["instance", "reason"]);
  equal(namesOf(labels, []), ["instance", "reason"]);
});

Deno.test("of what an exporter measured its own pod is not shown", () => {
  const labels = {
    namespace: "m",
    pod: "node-exporter-7x2kq",
    container: "c",
    instance: "w-7",
    fstype: "ext4",
  };
  equal(namesOf(labels, ["instance"]), ["instance", "fstype"]);
});

Deno.test("labels differ where a value does, or where only some have them", () => {
  equal(differingLabels([{ a: "1", b: "2", c: "3" }, { a: "1", b: "x", d: "4" }]), ["b", "c", "d"]);
  equal(differingLabels([{ a: "1" }]), []);
  equal(differingLabels([]), []);
  equal(differingLabels([{ constructor: "1" }, {}]), ["constructor"]);
});
