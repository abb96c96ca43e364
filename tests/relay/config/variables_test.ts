import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { readVariables, VARIABLES } from "../../../relay/config/variables.ts";
import { startFlags } from "../../../tasks/_start_flags.ts";
import { ROOT, spawnRelay, startRelay, temporaryFolder } from "../../kit/process.ts";

/** The source files of the running program. */
async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    if (isDirectory) yield* sources(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

Deno.test("every variable that the relay reads is in the list, and in deno.json's permissions", async () => {
  const paths = ["main.ts"];
  for (const folder of ["relay", "routes"]) for await (const path of sources(folder)) paths.push(path);
  const read = new Set<string>();
  for (const path of paths) {
    const text = await Deno.readTextFile(`${ROOT}${path}`);
    for (const [, name] of text.matchAll(/\benv\.([A-Z][A-Z_]+)\b/g)) read.add(name!);
    for (const [, name] of text.matchAll(/\bread(?:<[^(]*>)?\(\s*"([A-Z][A-Z_]+)"/g)) read.add(name!);
  }
  ok(read.size > 15, `${read.size}`);
  equal([...read].filter((name) => !VARIABLES.includes(name)), []);
  const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  equal(permissions.default.env, VARIABLES);
  equal(permissions.default.read, ["./"]);
  equal(permissions.default.write, ["./data"]);
});

Deno.test("a start shows a KV Connect server the access token of the environment", async () => {
  await using folder = await temporaryFolder();
  const shown = Promise.withResolvers<string | null>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    shown.resolve(request.headers.get("authorization"));
    return new Response("no", { status: 401 });
  });
  const env = { FENGHUO_KV: `http://127.0.0.1:${server.addr.port}`, DENO_KV_ACCESS_TOKEN: "kv-token-1" };
  await using relay = await spawnRelay({ folder: folder.path, env });
  const ended = relay.ended().then(() => relay.stderr);
  equal(await Promise.race([shown.promise, ended]), "Bearer kv-token-1");
});

Deno.test("a variable that may not be read is named, and is as good as not set", () => {
  const { env, denied } = readVariables(["A", "B", "C"], (name) => {
    if (name === "B") throw new Deno.errors.NotCapable("no");
    return name === "A" ? "a" : undefined;
  });
  equal([env.A, env.B, env.C, denied], ["a", undefined, undefined, ["B"]]);
});

/** With an existing folder, for its files alone: it may be that of the code. */
function database(path: string): string[] {
  return ["", "-wal", "-shm", "-journal", ".lock"].map((end) => path + end);
}

Deno.test("a start may read what its settings name, write its data, see its variables, and no more", async () => {
  await using folder = await temporaryFolder();
  const root = ROOT.replace(/\/$/, "");
  const here = (name: string): string => `${folder.path}/${name}`;
  await Deno.writeTextFile(here("c.yaml"), 'a: "${TOKEN}"\nenrich: [{ match: [host], file: t/hosts.csv }]');
  const flags = (env: Record<string, string>): string[] =>
    startFlags({ root, folder: folder.path, get: (name) => env[name] });
  const own = database(here("data/fenghuo.db"));
  equal(flags({}), [
    `--allow-read=${[root, here("data"), ...own, here("fenghuo.yaml")]}`,
    `--allow-write=${[here("data"), ...own]}`,
    `--allow-env=${VARIABLES}`,
  ]);
  const settings = {
    FENGHUO_KV: "x.db",
    FENGHUO_CONFIG: here("c.yaml"),
    FENGHUO_CHANNELS: "/etc/channels",
    FENGHUO_TEMPLATES: "./templates",
    FENGHUO_KEY_FILE: "/run/secrets/key",
    TOKEN_FILE: "/run/secrets/token",
    OTHER_FILE: "/etc/passwd",
  };
  const named = [
    here("c.yaml"),
    "/etc/channels",
    here("templates"),
    "/run/secrets/key",
    "/run/secrets/token",
    here("t/hosts.csv"),
  ];
  equal(flags(settings), [
    `--allow-read=${[root, here("data"), ...database(here("x.db")), ...named]}`,
    `--allow-write=${[here("data"), ...database(here("x.db"))]}`,
    `--allow-env=${[...VARIABLES, "TOKEN", "TOKEN_FILE"]}`,
    "--lock=data/plugins.lock",
    "--frozen=false",
  ]);
  const made = flags({ FENGHUO_KV: "/not/there/x.db" })[1];
  equal(made, `--allow-write=${[here("data"), ...database("/not/there/x.db"), "/not/there"]}`);
  equal(flags({ FENGHUO_KV: "/a b/x.db" }).slice(0, 2), ["--allow-read", "--allow-write"]);
});

const PLUGIN = `
import { defineChannel, delivered, z } from "fenghuo/channel";
import "npm:eta@^4.6.0/core"; // a package by its own address
const seen = [];
for (const look of [() => Deno.readTextFileSync("/etc/passwd"), () => Deno.env.get("OF_SOMEBODY_ELSE"), () => Deno.env.toObject()]) {
  try { look(); seen.push("read"); } catch (error) { seen.push(error.name); }
}
const found = ["PLUGIN", seen.join(), Deno.env.get("OWN_TOKEN"), Deno.env.get("FENGHUO_KEY")].join(" ");
Deno.stderr.writeSync(new TextEncoder().encode(found + "\\n")); // what console prints here goes into the log without a word
export default defineChannel({ name: "nosy", title: "Nosy", config: z.object({}), send: () => Promise.resolve(delivered()), sample: {} });
`;

Deno.test("all that a start names works, outside of the checkout, too; and a plugin reads nothing else", async () => {
  await using folder = await temporaryFolder();
  await using elsewhere = await temporaryFolder();
  const place = (name: string): string => `${elsewhere.path}/${name}`;
  for (const name of ["channels", "templates", "templates/message"]) await Deno.mkdir(place(name));
  await Deno.writeTextFile(place("channels/nosy.ts"), PLUGIN);
  await Deno.writeTextFile(place("templates/message/title.eta"), "own <%= it.title %>");
  await Deno.writeTextFile(place("secret"), "of a file that is named\n");
  await Deno.writeTextFile(
    place("c.yaml"),
    `departments: { one: { secret: "\${OWN_TOKEN}" }, two: { secret: "\${FILED}" } }
groups: [{ owner: a, level: default, destinations: [{ channel: nosy, config: {} }, { channel: inbox }] }]`,
  );
  const locked = await Deno.readTextFile(`${ROOT}deno.lock`);
  await using relay = await startRelay({
    folder: folder.path,
    env: {
      FENGHUO_CONFIG: place("c.yaml"),
      FENGHUO_CHANNELS: place("channels"),
      FENGHUO_TEMPLATES: place("templates"),
      FENGHUO_KV: place("new/x.db"),
      OWN_TOKEN: "of the environment",
      FENGHUO_KEY: "a-key-of-the-environment",
      FILED_FILE: place("secret"),
      OF_SOMEBODY_ELSE: "not for plugins",
    },
  });
  const answer = await fetch(`${relay.url}/readyz`, {
    headers: { authorization: `Bearer ${relay.adminPassword}` },
  });
  equal(await answer.json(), { ready: true, unready: {}, warnings: [] }, relay.output);
  ok(relay.stderr.includes("PLUGIN NotCapable,NotCapable,NotCapable  \n"), relay.output);
  const page = await fetch(`${relay.url}/sign-in`);
  equal([page.status, (await page.text()).includes("<form")], [200, true]);
  ok((await Deno.stat(place("new/x.db"))).isFile);
  equal(await Deno.readTextFile(`${ROOT}deno.lock`), locked);
  match(await Deno.readTextFile(`${folder.path}/data/plugins.lock`), /"npm:eta@\^4\.6\.0"/);
  equal((await relay.stop()).code, 0);
});

Deno.test("a configuration that cannot be read says which file, whatever is allowed", async () => {
  await using folder = await temporaryFolder();
  await using relay = await spawnRelay({ folder: folder.path, env: { FENGHUO_CONFIG: "/nowhere/c.yaml" } });
  equal((await relay.ended()).code, 1);
  ok(relay.stderr.includes('Cannot read the configuration "/nowhere/c.yaml"'), relay.output);
});
