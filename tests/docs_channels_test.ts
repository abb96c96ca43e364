/**
 * docs/channels.md is followed word by word, in a folder outside of the repository: its files are written, its commands run,
 * and its plugin delivers from a running relay to the vendor that the kit makes of it. What the page shows of a definition is
 * put into a plugin, type-checked and graded.
 *
 * @module
 */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { gradeFiles } from "../tasks/channel/_grade_files.ts";
import { type Block, blocksIn } from "./kit/docs.ts";
import { eventually } from "./kit/eventually.ts";
import { collect } from "./kit/output.ts";
import { inherited, postTo, ROOT, startRelay, temporaryFolder } from "./kit/process.ts";

const PAGE = "docs/channels.md";
const code = await blocksIn(PAGE, "ts");
const shell = await blocksIn(PAGE, "sh");
const [yaml] = await blocksIn(PAGE, "yaml");

const plugin = code.find(({ text }) => text.includes("export default defineChannel({"))!;
const test = code.find(({ text }) => text.includes("Deno.test("))!;
const fragments = code.filter((block) => block !== plugin && block !== test);

/** The command of the page that begins so. */
function command(start: string): string {
  const found = shell.find(({ text }) => text.startsWith(start));
  ok(found, `the page has no command "${start} …"`);
  return found.text;
}

/** A home folder in which the page's commands find their `deno`, and the modules that are loaded already. */
async function home(path: string): Promise<Record<string, string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: ROOT })
    .output();
  await Deno.mkdir(`${path}/bin`);
  await Deno.symlink(Deno.execPath(), `${path}/bin/deno`);
  const env = inherited();
  return {
    ...env,
    HOME: path,
    PATH: `${path}/bin:${env.PATH}`,
    DENO_DIR: JSON.parse(new TextDecoder().decode(stdout)).denoDir,
  };
}

Deno.test("a plugin that is written by following the page is graded A, and delivers from a running relay", async (t) => {
  await using folder = await temporaryFolder();
  const env = await home(folder.path);
  const plugins = `${folder.path}/plugins`;
  const run = async (text: string): Promise<string> => {
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", text],
      cwd: ROOT,
      clearEnv: true,
      env,
      stdin: "null",
    }).output();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
    equal(code, 0, `${text}\n${output}`);
    return output;
  };

  await t.step("new writes it, and the page's code takes its place", async () => {
    await run(command("deno task channel new"));
    await Deno.writeTextFile(`${plugins}/billboard.ts`, plugin.text);
    await Deno.writeTextFile(`${plugins}/tests/billboard_test.ts`, test.text);
  });
  await t.step("check finds nothing", async () => {
    match(await run(command("deno task channel check")), /^A {2}billboard\.ts {2}Billboard$/m);
  });
  await t.step("try shows a storm as one message", async () => {
    const shown = await run(command("deno task channel try"));
    match(shown, /^limits\.body\.characters: [\d,]+ of 2,000$/m);
    match(shown, /^verdict: delivered/m);
  });
  await t.step("preview writes its form and its messages, in both languages", async () => {
    await run(command("deno task channel preview"));
    const page = await Deno.readTextFile(`${folder.path}/billboard.html`);
    for (const words of ["大屏", "Billboard", "令牌", "Token", "<strong>"]) ok(page.includes(words), words);
  });
  await t.step("its test passes", async () => {
    match(await run(command("cd ~/plugins && deno test")), /2 passed/);
  });
  await t.step("a relay posts the alert to the screen, and its end changes the same note", async () => {
    const text = command("deno task channel fake").replace("--port 9100", "--port 0");
    await using screen = new Deno.Command("sh", {
      args: ["-c", `exec ${text}`],
      cwd: ROOT,
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = collect(screen.stdout, screen.stderr);
    try {
      const url = await eventually("the screen to listen", () => /http:\S+/.exec(output.text)?.[0]);
      match(command("FENGHUO_CHANNELS="), /^FENGHUO_CHANNELS=~\/plugins deno task start\n$/);
      await using relay = await startRelay({
        folder: folder.path,
        env: { FENGHUO_CHANNELS: plugins },
        yaml: yaml!.text.replace("http://127.0.0.1:9100", url),
      });
      const alert = {
        labels: { alertname: "DiskFull", severity: "critical" },
        startsAt: "2026-03-01T08:00:00Z",
      };
      await postTo(relay, alert);
      await eventually("the note", () => /POST \/api\/notes {2}accepted\n.*DiskFull/.test(output.text));
      await postTo(relay, { ...alert, status: "resolved", endsAt: "2026-03-01T08:05:00Z" });
      await eventually("the change", () => /PUT \/api\/notes\/n-17 {2}accepted/.test(output.text));
    } finally {
      screen.kill("SIGTERM");
      await output.ended;
    }
  });
  ok(command("deno task send alertmanager")); // tests/tasks/send_test.ts does it
});

/** The parts of the API that a fragment may use. */
const API = [
  "COMMONMARK",
  "HTML",
  "delivered",
  "laneAt",
  "refused",
  "remedy",
  "retry",
  "sameSecret",
  "secret",
  "sessionToken",
  "skipped",
  "throttled",
  "verdictByStatus",
  "z",
];

/** A plugin whose properties a fragment replaces. `text`: the page's own text. */
function around(name: string, { text }: Block): string {
  const given = new Set([...text.matchAll(/^(\w+):/gm)].map(([, key]) => key!));
  const receipt = given.has("threads") ? ', receipt: { id: "n-17" }' : "";
  const properties: Record<string, string> = {
    name: `name: "${name}",`,
    title: 'title: "Pager",',
    config: `config: z.object({
      url: z.url().meta({ title: "Server" }),
      base: z.url().meta({ title: "Base" }),
      token: secret("Token"),
    }),`,
    lane: "lane: ({ base, token }) => laneAt(base, token),",
    request: "request: ({ url, token }, { body }) => ({ url, headers: { token }, json: { text: body } }),",
    success: "success: ({ json }) => (json as { ok?: boolean } | undefined)?.ok === true,",
    fixtures: `fixtures: {
      accepted: [{ json: { ok: true, code: 0, id: "n-17" }${receipt} }],
      refused: [{ status: 401, json: { code: 401, message: "no" }, what: "config" }],
    },`,
    sample: 'sample: { url: "https://a.example.com", base: "https://b.example.com", token: "A0/+=&%23 cd" },',
  };
  if (given.has("send")) { for (const key of ["request", "success"]) delete properties[key]; }
  const own = Object.entries(properties).filter(([key]) => !given.has(key)).map(([, property]) => property);
  const definition = [...own, text].join("\n");
  const used = API.filter((word) => new RegExp(`\\b${word}[(.,]`).test(definition));
  return `import { defineChannel, ${used.join(", ")} } from "fenghuo/channel";\n
export default defineChannel({\n${definition}\n});\n`;
}

Deno.test("what the page shows of a definition is right where it stands", async (t) => {
  ok(fragments.length >= 12, `${fragments.length}`);
  await using folder = await temporaryFolder();
  const files = await Promise.all(fragments.map(async (fragment, index) => {
    const name = `fragment${index}`;
    const path = `${folder.path}/${name}.ts`;
    await Deno.writeTextFile(path, around(name, fragment));
    return path;
  }));
  await t.step("its types", async () => {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--no-lock", `--config=${ROOT}deno.json`, ...files],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    equal(success, true, new TextDecoder().decode(stderr));
  });
  const graded = await gradeFiles(files.map((path) => `file://${path}`));
  for (const [index, { findings }] of graded.entries()) {
    await t.step(`${PAGE}:${fragments[index]!.line}`, () => {
      equal(findings.filter(({ level }) => level === "fault"), []);
    });
  }
});
