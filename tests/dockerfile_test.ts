import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { build, canBuild, contextOf, execForm, instructionsOf } from "./kit/dockerfile.ts";
import { eventually } from "./kit/eventually.ts";
import { collect } from "./kit/output.ts";
import { postTo, ROOT, temporaryFolder } from "./kit/process.ts";

const instructions = instructionsOf(await Deno.readTextFile(`${ROOT}Dockerfile`));
const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

function textOf(name: string): string {
  return instructions.findLast((instruction) => instruction.name === name)!.text;
}

Deno.test("the image starts the relay as deno task start does, with permissions that name no checkout", () => {
  const words = execForm(textOf("ENTRYPOINT"));
  const [, v8] = /--v8-flags=(\S+)/.exec(config.tasks.start.command)!;
  ok(words.includes(`--v8-flags=${v8}`), "the flags of V8 are those of deno task start");
  const sys = config.permissions.default.sys.join();
  ok(words.includes(`--allow-sys=${sys}`) && words.includes("--allow-write=/data"), words.join(" "));
  ok(
    words.includes("--cached-only") &&
      !words.some((word) => /^(-A|--allow-all|--allow-run|--allow-ffi)/.test(word)),
  );
  for (const pair of config.tasks.start.command.matchAll(/\b(DENO_\w+=\S+)/g)) {
    ok(textOf("ENV").includes(pair[1]!), pair[1]);
  }
});

Deno.test("the image is of the same Deno as all else, runs as nobody, and has what main.ts loads", async () => {
  const ci = await Deno.readTextFile(`${ROOT}.ci/run`);
  ok(
    ci.includes(`version=${/bin-(\S+) AS/.exec(instructions.find(({ name }) => name === "FROM")!.text)![1]}`),
  );
  equal(textOf("USER"), "65532:65532");
  equal([textOf("VOLUME"), textOf("EXPOSE")], ["/data", "8000"]);
  const context = contextOf(await Deno.readTextFile(`${ROOT}.dockerignore`));
  for (const name of context) ok(await Deno.stat(ROOT + name), name);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  const root = new URL(`file://${ROOT}`).href;
  const own = modules.flatMap(({ specifier }) =>
    specifier.startsWith(root) ? [specifier.slice(root.length)] : []
  );
  ok(own.length > 100);
  equal(own.filter((path) => !context.includes(path.split("/")[0]!)), []);
});

Deno.test({
  name:
    "the image's steps work, and its relay runs with a root that only /data can be written in (needs root, unshare, setpriv)",
  ignore: !(await canBuild()),
  async fn(): Promise<void> {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o755);
    const root = `${folder.path}/root`;
    const image = await build(instructions, { root });
    equal((await Deno.stat(`${root}/data`)).mode! & 0o777, 0o700);

    const child = image.command(image.entrypoint, { PORT: "0", HOST: "127.0.0.1" }).spawn();
    const output = collect(child.stdout, child.stderr);
    let isRunning = true;
    const ended = child.status.then((status) => (isRunning = false, status));
    try {
      await eventually("the greeting", () => /^curl /m.test(output.text) || !isRunning, { within: 30_000 });
      const [, port] = /127\.0\.0\.1:(\d+)\)/.exec(output.text) ?? [];
      ok(port !== undefined, output.text);
      const url = `http://127.0.0.1:${port}`;
      const password = /admin password +(\S+)/.exec(output.text)![1]!;
      const token = /intake token +(\S+)/.exec(output.text)![1]!;
      const answer = await postTo({ url, intakeToken: token }, { labels: { alertname: "InABox" } });
      equal(answer, { accepted: 1, duplicates: 0, notifications: 1 });
      // Pages and all channels are loaded without a download.
      const headers = { authorization: `Bearer ${password}` };
      const page = await fetch(`${url}/incidents`, { headers: { ...headers, accept: "text/html" } });
      match(await page.text(), /InABox/);
      const ready = await (await fetch(`${url}/readyz`, { headers })).json();
      equal(ready, { ready: true, unready: {}, warnings: [] });

      const health = await image.command(image.healthcheck, { PORT: port }).output();
      equal(health.code, 0, new TextDecoder().decode(health.stderr));
      const dead = await image.command(image.healthcheck, { PORT: "1" }).output();
      equal(dead.code, 1);
      const { stdout } = await image.command([
        "sh",
        "-c",
        "id -u; for p in /app/x /tmp/x /x /data/x; do touch $p && echo $p; done",
      ]).output();
      equal(new TextDecoder().decode(stdout), "65532\n/data/x\n", "only /data can be written");

      child.kill("SIGTERM");
      equal((await ended).code, 0, output.text);
      const data = Array.from(Deno.readDirSync(`${root}/data`), ({ name }) => name);
      ok(data.includes("fenghuo.db") && data.includes("secrets.json"), data.join());
      ok(!/Cannot|error/i.test(output.text), output.text);
    } finally {
      if (isRunning) child.kill("SIGKILL");
      await Promise.all([output.ended, ended]);
    }
  },
});
