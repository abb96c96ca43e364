import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { type Greeting, postTo, startRelay, temporaryFolder } from "../kit/process.ts";
import { startSink } from "../../simulator/sink.ts";
import { runTask } from "../kit/task.ts";

/** A relay under load gives a database whose files change all the time. */
const COPIES = 5;

Deno.test("copies of a relay that is at work are whole, and a restored one has all that was accepted before", async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({ folder: folder.path });
  const load = loadOn(relay);
  const acceptedBefore: number[] = [];
  for (let index = 0; index < COPIES; index++) {
    acceptedBefore.push(load.accepted);
    const { code, stdout, stderr } = await runTask("backup", ["--to", `copy-${index}`], {
      folder: folder.path,
    });
    equal([code, stderr], [0, ""]);
    match(stdout, /^Copied \d+ records of \.\/data\/fenghuo\.db to copy-\d, and checked them$/m);
  }
  await load.end();
  ok(load.accepted > acceptedBefore.at(-1)!, "the relay took alerts while it was copied");
  for (const [index, atLeast] of [...acceptedBefore.entries()].slice(-2)) {
    await using other = await temporaryFolder();
    equal((await runTask("restore", [`${folder.path}/copy-${index}`], { folder: other.path })).code, 0);
    equal((await Deno.stat(`${other.path}/data/fenghuo.db`)).mode! & 0o777, 0o600);
    await using restored = await startRelay({ folder: other.path });
    equal(restored.adminPassword, relay.adminPassword);
    const { accepted, addsUp } = await ask(restored, "/api/ledger?verify=1");
    ok(accepted >= atLeast, `${accepted} of ${atLeast}`);
    ok(addsUp);
  }
});

Deno.test("a copy is its owner's alone: folder and each file, also in a folder that others may read", async () => {
  await using folder = await temporaryFolder();
  await (await startRelay({ folder: folder.path })).stop();
  await Deno.mkdir(`${folder.path}/shared`, { mode: 0o755 });
  for (const to of ["own", "shared"]) {
    equal((await runTask("backup", ["--to", to], { folder: folder.path })).code, 0);
    const files = [...Deno.readDirSync(`${folder.path}/${to}`)].map(({ name }) => name).sort();
    equal(files, ["backup.json", "fenghuo.db", "secrets.json"]);
    for (const name of files) equal(await modeOf(`${folder.path}/${to}/${name}`), 0o600, name);
  }
  equal(await modeOf(`${folder.path}/own`), 0o700);
});

async function modeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).mode! & 0o777;
}

Deno.test("a restored relay delivers nothing that its origin still delivers, until it is told to", async () => {
  await using folder = await temporaryFolder();
  await using sink = await startSink();
  sink.answer({ status: 503 });
  const yaml = `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }
`;
  await using origin = await startRelay({ folder: folder.path, yaml });
  await postTo(origin, { labels: { instance: "waits" } });
  await sink.arrived(1);
  equal((await runTask("backup", ["--to", "copy"], { folder: folder.path })).code, 0);
  await origin.stop();
  sink.answer({});
  const before = sink.bodies.length;

  await using other = await temporaryFolder();
  const copy = `${folder.path}/copy`;
  match((await runTask("restore", [copy], { folder: other.path })).stdout, /FENGHUO_DELIVER=1/);
  {
    await using held = await startRelay({ folder: other.path, yaml });
    match(
      held.stderr,
      /accepted and not delivered: the database was restored from a copy of \d{4}-.*FENGHUO_DELIVER=1/,
    );
    await postTo(held, { labels: { instance: "comes later" } });
    equal((await ask(held, "/api/ledger")).total.pending, 2);
    await held.stop();
    equal(sink.bodies.length, before);
  }
  {
    await using told = await startRelay({ folder: other.path, yaml, env: { FENGHUO_DELIVER: "1" } });
    await sink.arrived(before + 2);
    await told.stop();
  }
  await using later = await startRelay({ folder: other.path, yaml });
  await postTo(later, { labels: { instance: "is nobody's copy any more" } });
  await sink.arrived(before + 3);
});

Deno.test("a restore never writes over what is there", async () => {
  await using folder = await temporaryFolder();
  const run = (task: string, ...args: string[]): ReturnType<typeof runTask> =>
    runTask(task, args, { folder: folder.path });
  const refusal = async (task: string, ...args: string[]): Promise<string> => {
    const { code, stderr } = await run(task, ...args);
    ok(code !== 0);
    return stderr;
  };
  match(
    await refusal("backup"),
    /^Cannot back up: there is no database "\.\/data\/fenghuo\.db": set FENGHUO_KV/,
  );
  {
    await using _relay = await startRelay({ folder: folder.path });
  }
  equal((await run("backup", "--to", "copy")).code, 0);
  match(await refusal("backup", "--to", "copy"), /^Cannot back up: "copy" has a copy already/);
  match(
    await refusal("restore", "copy"),
    /^Cannot restore: "\.\/data\/fenghuo\.db" is there already: move it away/,
  );
  match(await refusal("restore", "nothing"), /^Cannot restore: "nothing" is no copy .*backup\.json/);
  match(await refusal("restore"), /^Cannot restore: name a folder/);
  await Deno.rename(`${folder.path}/data/fenghuo.db`, `${folder.path}/away.db`);
  await Deno.writeTextFile(`${folder.path}/data/secrets.json`, '{"key": "another"}');
  match(await refusal("restore", "copy"), /"\.\/data\/secrets\.json" is there already, with other secrets/);
  await Deno.writeTextFile(`${folder.path}/copy/fenghuo.db`, "no database");
  await Deno.remove(`${folder.path}/data/secrets.json`);
  match(await refusal("restore", "copy"), /^Cannot restore: /);
});

Deno.test("a backup that failed leaves nothing in the way of the next one to the same folder", async () => {
  await using folder = await temporaryFolder();
  await (await startRelay({ folder: folder.path })).stop();
  const back = (FENGHUO_KV: string): ReturnType<typeof runTask> =>
    runTask("backup", ["--to", "copy"], { folder: folder.path, env: { FENGHUO_KV } });
  match((await back("nowhere.db")).stderr, /^Cannot back up: there is no database "nowhere\.db"/);
  equal(await back("data/fenghuo.db").then(({ code, stderr }) => [code, stderr]), [0, ""]);
});

Deno.test("--deliver makes a restored relay deliver, also from a copy of one that was held", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => `${folder.path}/${name}`;
  await (await startRelay({ folder: at("") })).stop();
  const run = async (task: string, ...args: string[]): Promise<string> => {
    const [name, ...rest] = args;
    await Deno.mkdir(at(name!), { recursive: true });
    const { code, stdout, stderr } = await runTask(task, rest, { folder: at(name!) });
    equal([code, stderr], [0, ""]);
    return stdout;
  };
  await run("backup", "", "--to", "copy");
  await run("restore", "held", at("copy"));
  await run("backup", "held", "--to", "copy");
  ok(!(await run("restore", "delivers", at("held/copy"), "--deliver")).includes("FENGHUO_DELIVER"));
  await using relay = await startRelay({ folder: at("delivers") });
  equal((await ask(relay, "/readyz")).warnings, []);
});

Deno.test("a restore without the secrets that open it restores nothing", async () => {
  await using folder = await temporaryFolder();
  await (await startRelay({ folder: folder.path })).stop();
  equal((await runTask("backup", ["--to", "copy"], { folder: folder.path })).code, 0);
  await Deno.remove(`${folder.path}/data`, { recursive: true });
  await Deno.mkdir(`${folder.path}/data/secrets.json`, { recursive: true }); // so that the file cannot be written
  const { code, stderr } = await runTask("restore", ["copy"], { folder: folder.path });
  equal([code, stderr.startsWith("Cannot restore: ")], [1, true]);
  equal([...Deno.readDirSync(`${folder.path}/data`)].map(({ name }) => name), ["secrets.json"]);
});

/** Post alerts, one after the other, until it is ended. */
function loadOn(relay: Greeting): { accepted: number; end(): Promise<void> } {
  let going = true;
  const load = { accepted: 0, end: async () => (going = false, await done) };
  const done = (async () => {
    for (let index = 0; going; index++) {
      await postTo(relay, { labels: { instance: `load-${index}` } });
      load.accepted++;
    }
  })();
  return load;
}

// deno-lint-ignore no-explicit-any -- each answer has its own shape
async function ask({ url, adminPassword }: Greeting, path: string): Promise<any> {
  return await eventually("the relay to answer", async () => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${adminPassword}` } });
    return await response.json();
  });
}
