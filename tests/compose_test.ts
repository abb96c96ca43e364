import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { load, YAML11_SCHEMA } from "js-yaml";
import { VARIABLES } from "../relay/config/variables.ts";
import { instructionsOf } from "./kit/dockerfile.ts";
import { ROOT } from "./kit/process.ts";

// deno-lint-ignore no-explicit-any -- what the file has is what is tested
type Composed = any;

const text = await Deno.readTextFile(`${ROOT}compose.yaml`);
const { services, volumes } = load(text, { schema: YAML11_SCHEMA }) as Composed; // which knows "<<"
const instructions = instructionsOf(await Deno.readTextFile(`${ROOT}Dockerfile`));

function textOf(name: string): string {
  return instructions.find((instruction) => instruction.name === name)!.text;
}

Deno.test("both kinds of relay are the image, at its port, with nothing that they can write but the volume", () => {
  for (const { build, read_only, cap_drop, ports, environment } of [services.relay, services.relays]) {
    equal([build, read_only, cap_drop], [".", true, ["ALL"]]);
    ok(ports[0].endsWith(`:${textOf("EXPOSE")}`), ports[0]);
    for (const variable of environment as string[]) ok(VARIABLES.includes(variable.split("=")[0]!), variable);
  }
  equal(services.relay.volumes, [`relay:${textOf("VOLUME")}`]);
  for (const name of ["relay", "denokv"]) ok(Object.hasOwn(volumes, name));
});

Deno.test("by default there is one relay; the fleet's share a database and are given the secrets", () => {
  const started = Object.keys(services).filter((name) => services[name].profiles === undefined);
  equal(started, ["relay"]);
  const { environment, deploy, ports, depends_on } = services.relays;
  const kv = new URL(
    environment.find((text: string) => text.startsWith("FENGHUO_KV=")).slice("FENGHUO_KV=".length),
  );
  equal([kv.hostname, depends_on], ["denokv", ["denokv"]]);
  equal(services.denokv.environment, ["DENO_KV_ACCESS_TOKEN"]);
  for (
    const name of ["DENO_KV_ACCESS_TOKEN", "FENGHUO_KEY", "FENGHUO_ADMIN_PASSWORD", "FENGHUO_INTAKE_TOKEN"]
  ) {
    ok(environment.includes(name), name);
  }
  const [, first, last] = /^(\d+)-(\d+):/.exec(ports[0])!;
  equal(Number(last) - Number(first) + 1, deploy.replicas, "a port for each");
});
