import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { eventually } from "../kit/eventually.ts";
import { collect } from "../kit/output.ts";
import { inherited, postTo, ROOT, temporaryFolder } from "../kit/process.ts";

/** The base of an executable, for this version of Deno. */
const denort = Deno.env.get("DENORT_BIN");

async function compile(output: string, base: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "compile", "--output", output],
    cwd: ROOT,
    clearEnv: true,
    env: { ...inherited(), DENORT_BIN: base },
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  equal(code, 0, said);
  return said;
}

Deno.test("an executable has every module, every template and every channel in it, and no tests of packages", async () => {
  await using folder = await temporaryFolder();
  const output = `${folder.path}/fenghuo`;
  await compile(output, Deno.execPath()); // it cannot run on this base, and holds the same files
  const base = (await Deno.stat(Deno.execPath())).size;
  const bytes = (await Deno.readFile(output)).subarray(base);
  const text = new TextDecoder("latin1").decode(bytes);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  const own = modules.map(({ specifier }) => specifier).filter((specifier) => specifier.startsWith("file:"));
  ok(own.length > 300);
  const names = [...own, "kv_worker.ts", "console.css", "layout.eta", "dingtalk_robot.ts"].map((path) =>
    path.split("/").at(-1)!
  );
  equal(names.filter((name) => !text.includes(`"${name}"`)), []);
  ok(!text.includes("test_correctness.js"));
});

Deno.test({
  name: "an executable is a relay: it takes an alert, shows it, and stops (needs DENORT_BIN)",
  ignore: !denort,
  async fn(): Promise<void> {
    await using folder = await temporaryFolder();
    await compile(`${folder.path}/fenghuo`, denort!);
    const child = new Deno.Command(`${folder.path}/fenghuo`, {
      cwd: folder.path,
      clearEnv: true,
      env: {
        ...inherited(),
        PORT: "0",
        HOST: "127.0.0.1",
        FENGHUO_ADMIN_PASSWORD: "compiled-1",
        FENGHUO_INTAKE_TOKEN: "compiled-2",
      },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = collect(child.stdout);
    try {
      const [, port] = await eventually(
        "the greeting",
        () => /127\.0\.0\.1:(\d+)\)/.exec(output.text) ?? undefined,
        {
          within: 20_000,
        },
      );
      const url = `http://127.0.0.1:${port}`;
      await postTo({ url, intakeToken: "compiled-2" }, { labels: { alertname: "Compiled" } });
      const headers = { authorization: "Bearer compiled-1" };
      const page = await fetch(`${url}/incidents`, { headers: { ...headers, accept: "text/html" } });
      match(await page.text(), /Compiled/);
      match(await (await fetch(`${url}/metrics`, { headers })).text(), /^fenghuo_build_info/m);
      equal((await (await fetch(`${url}/api/channels`, { headers })).json()).broken, {});
    } finally {
      child.kill("SIGTERM");
      equal((await child.status).code, 0);
      await output.ended;
    }
  },
});
