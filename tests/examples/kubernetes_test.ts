import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { loadAll } from "js-yaml";
import { VARIABLES } from "../../relay/config/variables.ts";
import { VERSION } from "../../relay/base/version.ts";
import { discover } from "../kit/channels.ts";
import { complaintText, parseConfig } from "../../relay/config/mod.ts";
import { instructionsOf } from "../kit/dockerfile.ts";
import { ROOT } from "../kit/process.ts";
import { SECRETS, testRelay } from "../kit/relay.ts";

// deno-lint-ignore no-explicit-any -- what a manifest has is what is tested
type Manifest = any;

const FILES = ["relay", "several", "secret", "servicemonitor"] as const;
const byFile = new Map<string, Manifest[]>();
for (const name of FILES) {
  byFile.set(name, loadAll(await Deno.readTextFile(`${ROOT}examples/kubernetes/${name}.yaml`)) as Manifest[]);
}
const manifests = [...byFile.values()].flat();
const dockerfile = instructionsOf(await Deno.readTextFile(`${ROOT}Dockerfile`));

function find(kind: string, { name = "fenghuo", file }: { name?: string; file?: string } = {}): Manifest {
  const found = (file === undefined ? manifests : byFile.get(file)!)
    .filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  equal(found.length, 1, `${kind} ${name}`);
  return found[0];
}

function textOf(name: string): string {
  return dockerfile.find((instruction) => instruction.name === name)!.text;
}

/** The pods of relays, and their container. */
const relays = [find("StatefulSet"), find("Deployment")].map(({ spec }) => ({
  pod: spec.template.spec,
  container: spec.template.spec.containers[0],
}));
const workloads = manifests.filter(({ kind }) => ["StatefulSet", "Deployment"].includes(kind));

Deno.test("every variable of the manifests is one that the relay reads, and every secret is in the Secret", () => {
  const secret = Object.keys(find("Secret").stringData);
  for (const name of secret) ok(VARIABLES.includes(name), name);
  for (const { container } of relays) {
    equal(container.envFrom, [{ secretRef: { name: "fenghuo" } }]);
    for (const { name } of container.env) ok(VARIABLES.includes(name), name);
  }
  const [denokv] = find("StatefulSet", { name: "denokv" }).spec.template.spec.containers;
  for (const { name, valueFrom: { secretKeyRef } } of denokv.env) {
    equal([secretKeyRef.name, secretKeyRef.key], ["fenghuo", name]);
    ok(secret.includes(secretKeyRef.key));
  }
  const { credentials } = find("ServiceMonitor").spec.endpoints[0].authorization;
  ok(credentials.name === "fenghuo" && secret.includes(credentials.key), credentials.key);
  for (const value of Object.values(find("Secret").stringData)) {
    equal(value, "", "nobody runs with our secrets");
  }
});

Deno.test("ports, user, folders and version are those of the image", () => {
  for (const { pod, container } of relays) {
    equal(container.ports, [{ name: "http", containerPort: Number(textOf("EXPOSE")) }]);
    match(container.image, new RegExp(`/fenghuo:${VERSION.replaceAll(".", "\\.")}$`));
    const { runAsUser, runAsGroup, runAsNonRoot } = pod.securityContext;
    equal([`${runAsUser}:${runAsGroup}`, runAsNonRoot], [textOf("USER"), true]);
    equal([container.securityContext.readOnlyRootFilesystem, container.securityContext.capabilities.drop], [
      true,
      ["ALL"],
    ]);
  }
  const data = relays[0]!.container.volumeMounts.find(({ name }: Manifest) => name === "data");
  equal(data.mountPath, textOf("VOLUME"));
});

Deno.test("services find their pods, and what names a service names one that is there", () => {
  for (const { metadata: { name }, spec } of manifests.filter(({ kind }) => kind === "Service")) {
    const behind = workloads.filter(({ spec: { template } }) =>
      template.metadata.labels.app === spec.selector.app
    );
    ok(behind.length > 0, name);
    for (const { spec: { template, selector } } of behind) {
      equal(selector.matchLabels, template.metadata.labels);
      for (const { targetPort } of spec.ports) {
        ok(template.spec.containers[0].ports.some((port: Manifest) => port.name === targetPort), targetPort);
      }
    }
  }
  const { spec: { selector, endpoints } } = find("ServiceMonitor");
  const service = find("Service");
  equal(selector.matchLabels, service.metadata.labels);
  equal(endpoints[0].port, service.spec.ports[0].name);
  const kv = new URL(relays[1]!.container.env.find(({ name }: Manifest) => name === "FENGHUO_KV").value);
  equal(Number(kv.port), find("Service", { name: kv.hostname }).spec.ports[0].port);
  equal(find("PodDisruptionBudget").spec.selector.matchLabels, service.metadata.labels);
});

Deno.test("the configuration is mounted where the relay looks for it, and is one that it accepts", async () => {
  const { data } = find("ConfigMap");
  for (const { pod, container } of relays) {
    const path = container.env.find(({ name }: Manifest) => name === "FENGHUO_CONFIG").value as string;
    const mount = container.volumeMounts.find(({ name }: Manifest) => name === "config");
    equal(pod.volumes, [{ name: "config", configMap: { name: "fenghuo" } }]);
    ok(Object.hasOwn(data, path.slice(mount.mountPath.length + 1)), path);
  }
  const parsed = await parseConfig({
    env: {},
    yaml: data["fenghuo.yaml"],
    secrets: SECRETS,
    channels: await discover(),
  });
  equal(parsed.ok ? [] : parsed.complaints.map(complaintText), []);
});

Deno.test("what the kubelet and Prometheus ask is answered", async () => {
  const token = "a-metrics-token";
  await using house = await testRelay({ env: { FENGHUO_METRICS_TOKEN: token } });
  const [endpoint] = find("ServiceMonitor").spec.endpoints;
  for (const { container } of relays) {
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
      const { path, port } = container[probe].httpGet;
      equal(port, container.ports[0].name);
      const response = await house.request(path, { headers: { authorization: "" } });
      equal(response.status, 200, path);
      await response.body?.cancel();
    }
  }
  const scraped = await house.request(endpoint.path, { headers: { authorization: `Bearer ${token}` } });
  match(await scraped.text(), /^# TYPE fenghuo_/m);
});
