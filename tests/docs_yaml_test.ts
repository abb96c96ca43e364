/**
 * Reads every block of YAML in the README and docs/ unchanged: pasted whole, with its variables set.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "./kit/channels.ts";
import { complaintText, parseConfig, readYaml } from "../relay/config/mod.ts";
import { type Block, blocksIn, PAGES } from "./kit/docs.ts";
import { makeAuthority } from "./kit/network.ts";
import { temporaryFolder } from "./kit/process.ts";

const blocks = (await Promise.all(PAGES.map((page) => blocksIn(page, "yaml")))).flat();

/** The values of variables that need a form of their own. */
const { ca, client } = await makeAuthority();
const VALUES: Readonly<Record<string, string>> = {
  HOOK_SECRET: "whsec_c2VjcmV0LW9mLWEtd2ViaG9vaw==",
  CORP_CA: ca,
  RELAY_CERT: client.cert,
  RELAY_KEY: client.key,
  DISCORD_WEBHOOK: "https://discord.com/api/webhooks/123456789012345678/A0",
  GOOGLE_CHAT_WEBHOOK: "https://chat.googleapis.com/v1/spaces/AAAAB3/messages?key=a&token=b",
  MATTERMOST_WEBHOOK: "https://chat.example.com/hooks/A0",
  ROCKETCHAT_WEBHOOK: "https://chat.example.com/hooks/5f0/A0",
  TEAMS_WORKFLOW: "https://x.environment.api.powerplatform.com/powerautomate/workflows/a",
};

/** Which program's file a block is; its first line says so. */
function fileOf({ text }: Block): string {
  return /^# (\S+)/.exec(text)?.[1] ?? "";
}

Deno.test("the pages have examples, and each says which file it is", () => {
  const on = (page: string): number => blocks.filter((block) => block.page === page).length;
  ok(on("README.md") >= 2 && on("docs/migrating.md") >= 8 && on("docs/channels-reference.md") >= 11);
  const unknown = blocks.filter((block) =>
    !["fenghuo.yaml", "alertmanager.yml", "prometheus.yml", "config.yml", "karma.yaml"].includes(
      fileOf(block),
    )
  );
  equal(unknown.map(({ page, line }) => `${page}:${line}`), []);
});

Deno.test("every channel has a section of the reference", async () => {
  const page = await Deno.readTextFile(new URL("../docs/channels-reference.md", import.meta.url));
  const headings = page.split("\n").filter((line) => line.startsWith("## `")).join("\n");
  const names = (await discover()).names();
  equal(names.filter((name) => !headings.includes(`\`${name}\``)), []);
});

for (const block of blocks) {
  const { page, line, text } = block;
  const place = `${page}:${line}`;
  switch (fileOf(block)) {
    case "fenghuo.yaml":
      Deno.test(`the fenghuo.yaml of ${place} is taken as it is`, async () => {
        await using folder = await temporaryFolder();
        const variables = [...text.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name]) => name!);
        const parsed = await parseConfig({
          env: Object.fromEntries(variables.map((name) => [name, VALUES[name] ?? `SEC-${name}`])),
          yaml: text,
          secrets: { key: "a key of docs", adminPassword: "a password", intakeToken: "a token" },
          channels: await discover({ folder: await channelsOf(page, folder.path) }),
          beside: async () => {
            const table = (await blocksIn(page, "csv")).find((block) => block.line > line);
            return new TextEncoder().encode(table?.text);
          },
        });
        equal(parsed.ok ? [] : parsed.complaints.map(complaintText), []);
      });
      break;
    case "alertmanager.yml":
      accepted(block, ["amtool", "check-config"]);
      break;
    case "prometheus.yml":
      accepted(block, ["promtool", "check", "config"]);
      break;
    default: // a file of the program that is migrated from
      Deno.test(`the ${fileOf(block)} of ${place} is YAML`, async () => {
        ok("tree" in await readYaml(text, place));
      });
  }
}

/** A test that a program accepts its configuration file. */
function accepted(block: Block, [program, ...args]: readonly [string, ...string[]]): void {
  const name = fileOf(block);
  Deno.test({
    name: `the ${name} of ${block.page}:${block.line} is taken by ${program}`,
    ignore: !isInstalled(program),
    async fn(): Promise<void> {
      await using folder = await temporaryFolder();
      const file = `${folder.path}/${name}`;
      await Deno.writeTextFile(file, block.text);
      const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args, file] }).output();
      ok(success, [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n"));
    },
  });
}

function isInstalled(program: string): boolean {
  const args = ["-c", `command -v ${program}`];
  return new Deno.Command("sh", { args, stdout: "null" }).outputSync().success;
}

/** The folder with the channel that a page makes, if it makes one. */
async function channelsOf(page: string, folder: string): Promise<string | undefined> {
  const channel = (await blocksIn(page, "ts")).find(({ text }) => text.includes("defineChannel({"));
  if (channel === undefined) return undefined;
  const name = /name: "(\w+)"/.exec(channel.text)![1];
  await Deno.writeTextFile(`${folder}/${name}.ts`, channel.text);
  return folder;
}
