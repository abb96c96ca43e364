import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { violationsIn } from "./_architecture.ts";
import { ROOT } from "./kit/process.ts";

const SKIPPED = new Set(["data", "node_modules", "vendor", "coverage"]);

async function sources(folder = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    if (name.startsWith(".") || SKIPPED.has(name)) continue;
    const path = `${folder}${name}`;
    if (isDirectory) { for (const [inner, text] of await sources(`${path}/`)) files.set(inner, text); }
    else if (name.endsWith(".ts")) files.set(path, await Deno.readTextFile(`${ROOT}${path}`));
  }
  return files;
}

Deno.test("nobody imports or uses what is not theirs, exports are documented, and files are short", async () => {
  const files = await sources();
  for (
    const path of ["main.ts", "relay/relay.ts", "relay/store/store.ts", "routes/app.ts", "channels/inbox.ts"]
  ) {
    ok(files.has(path), `${path} is looked at`);
  }
  equal(violationsIn(files), []);
});

/** A file, its text, and the violation, without the file's name: `undefined` when it is fine. */
const EXAMPLES: [path: string, text: string, violation?: string][] = [
  // bench/
  [
    "bench/a.ts",
    'import { b } from "../tests/kit/b.ts";',
    'imports "tests/kit/b.ts"; what both need is in tasks/',
  ],
  ["bench/a.ts", 'import { b } from "../tasks/_b.ts";'],
  [
    "tasks/a.ts",
    'import { b } from "../tests/kit/b.ts";',
    'imports "tests/kit/b.ts"; what both need is in tasks/',
  ],
  // relay/query/
  [
    "relay/query/a.ts",
    'import type { Writer } from "../intake/writer.ts";',
    'imports "relay/intake/writer.ts"; a question writes nothing',
  ],
  [
    "relay/query/a.ts",
    'import { act } from "../commands/act.ts";',
    'imports "relay/commands/act.ts"; a question writes nothing',
  ],
  [
    "relay/query/overview/a.ts",
    'import type { Store } from "../../store/store.ts";',
    'imports "relay/store/store.ts"; relay/store/reader.ts is the side of the store that questions see',
  ],
  ["relay/query/a.ts", 'import type { StoreReader } from "../store/reader.ts";'],
  // relay/
  [
    "relay/a.ts",
    'import { Hono } from "hono";',
    'imports "hono"; the domain knows no web framework and no vendor',
  ],
  ["relay/a.ts", 'import "hono/cors";', 'imports "hono"; the domain knows no web framework and no vendor'],
  [
    "relay/a.ts",
    'import x from "npm:hono@4.1.0/cors";',
    'imports "hono"; the domain knows no web framework and no vendor',
  ],
  [
    "relay/a.ts",
    'export * from "nodemailer";',
    'imports "nodemailer"; the domain knows no web framework and no vendor',
  ],
  [
    "relay/a.ts",
    'const x = await import("nodemailer");',
    'imports "nodemailer"; the domain knows no web framework and no vendor',
  ],
  [
    "relay/a.ts",
    'import x from "npm:@slack/web-api@7";',
    'imports "@slack/web-api"; the domain knows no web framework and no vendor',
  ],
  [
    "relay/a.ts",
    'import type { A } from "../routes/app.ts";',
    'imports "routes/app.ts"; the domain knows only itself',
  ],
  [
    "relay/store/a.ts",
    'export { a } from "../../channels/a.ts";',
    'imports "channels/a.ts"; the domain knows only itself',
  ],
  [
    "relay/a.ts",
    'type A = import("../channels/a.ts").A;',
    'imports "channels/a.ts"; the domain knows only itself',
  ],
  [
    "relay/a.ts",
    'import "../tasks/a.ts";',
    'imports "tasks/a.ts"; relay/ is imported by it, not the other way round',
  ],
  [
    "relay/redaction/a.ts",
    'import { b } from "../channel.ts";',
    'imports "relay/channel.ts"; redaction knows texts and nothing else',
  ],
  ["relay/redaction/a.ts", 'import { b } from "./b.ts";'],
  [
    "relay/base/a.ts",
    'import type { Alert } from "../domain/alert.ts";',
    'imports "relay/domain/alert.ts"; base knows no word of the domain',
  ],
  [
    "relay/domain/a.ts",
    'import type { Store } from "../store/store.ts";',
    'imports "relay/store/store.ts"; the domain decides; it sees no store and sends nothing',
  ],
  ["relay/domain/a.ts", 'import { cut } from "../base/text.ts";\nimport { b } from "./b.ts";'],
  [
    "relay/a.ts",
    "await import(name);",
    "imports name, which cannot be read here; only relay/channel/discovery.ts may",
  ],
  [
    "relay/a.ts",
    "await import(`../channels/${name}.ts`);",
    "imports ../channels/…, which cannot be read here; only relay/channel/discovery.ts may",
  ],
  [
    "relay/a.ts",
    'await import("../channels/a.ts");',
    'imports "channels/a.ts"; the domain knows only itself',
  ],
  [
    "relay/a.ts",
    'await import(import.meta.resolve("./b.ts"));',
    'imports import.meta.resolve("./b.ts"), which cannot be read here; only relay/channel/discovery.ts may',
  ],
  ["relay/a.ts", 'await import("./b.ts");'],
  ["relay/a.ts", '// import "hono";\nconst text = `import "hono"`;\n/* fetch("x") */'],
  ["relay/a.ts", 'import { z } from "zod";\nimport "./b.ts";\nimport type { C } from "./store/c.ts";'],
  // routes/
  [
    "routes/a.ts",
    'import inbox from "../channels/inbox.ts";',
    'imports "channels/inbox.ts"; relay.query.channels has what a door needs of them',
  ],
  [
    "routes/console/a.ts",
    'import "../../tasks/send.ts";',
    'imports "tasks/send.ts"; routes/ is imported by it, not the other way round',
  ],
  [
    "routes/console/a.ts",
    'import type { Store } from "../../relay/store/store.ts";',
    'imports "relay/store/store.ts"; relay.query answers what a door asks, relay.commands does what it orders',
  ],
  ["routes/a.ts", "let kv: Deno.Kv;", "uses Deno.Kv; only the store may"],
  ["routes/a.ts", 'import { Hono } from "hono";\nimport type { Relay } from "../relay/relay.ts";'],
  // channels/
  [
    "channels/a.ts",
    'import { openStore } from "../relay/store/store.ts";',
    'imports "relay/store/store.ts"; relay/channel.ts has all that a channel needs',
  ],
  [
    "channels/a.ts",
    'import { text } from "../relay/base/text.ts";',
    'imports "relay/base/text.ts"; relay/channel.ts has all that a channel needs',
  ],
  ["channels/a.ts", 'import "../routes/app.ts";', 'imports "routes/app.ts"; a channel knows no door'],
  [
    "channels/a.ts",
    'import b from "./b.ts";',
    'imports "channels/b.ts"; a channel knows no other one: share a file that begins with _',
  ],
  [
    "channels/_a.ts",
    'import b from "./b.ts";',
    'imports "channels/b.ts"; a channel knows no other one: share a file that begins with _',
  ],
  [
    "channels/a.ts",
    'import "./_a.ts";\nimport "fenghuo/channel";\nimport "../relay/channel.ts";\nimport "nodemailer";',
  ],
  ["relay/channel/discovery.ts", "await import(url);"],
  // fetch
  [
    "relay/a.ts",
    'await fetch("x");',
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "channels/a.ts",
    'await globalThis.fetch("x");',
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "routes/a.ts",
    'await self["fetch"]("x");',
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "main.ts",
    "const send = fetch;",
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "main.ts",
    "start({ fetch });",
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "main.ts",
    "start({ with: fetch });",
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "main.ts",
    "const send = () => fetch;",
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "main.ts",
    "const { fetch } = globalThis; fetch();",
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  [
    "main.ts",
    "function f({ send = fetch }) {}",
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  ["relay/delivery/sender.ts", 'await fetch("x");'],
  ["relay/access/oidc/provider_fetch.ts", 'await fetch("x");'],
  [
    "relay/access/oidc/provider.ts",
    'await fetch("x");',
    "uses fetch; only relay/delivery/sender.ts and relay/access/oidc/provider_fetch.ts may",
  ],
  // OpenID Connect
  ["relay/access/oidc/provider.ts", 'import * as oauth from "oauth4webapi";'],
  [
    "relay/access/access.ts",
    'import * as oauth from "oauth4webapi";',
    'imports "oauth4webapi"; only relay/access/oidc/ may',
  ],
  [
    "routes/console/a.ts",
    'await import("oauth4webapi");',
    'imports "oauth4webapi"; only relay/access/oidc/ may',
  ],
  ["tasks/a.ts", 'await fetch("x");'],
  ["simulator/a.ts", 'await fetch("x");'],
  ["tests/a_test.ts", 'await fetch("x");'],
  ["bench/a.ts", 'await fetch("x");'],
  [
    "relay/a.ts",
    'import "../bench/a.ts";',
    'imports "bench/a.ts"; relay/ is imported by it, not the other way round',
  ],
  ["channels/a.ts", "const send = ({ fetch }) => fetch(1);\nconst also = (tools) => tools.fetch(1);"],
  [
    "relay/a.ts",
    "type Fetch = typeof globalThis.fetch;\ninterface A { fetch(): void; fetch?: Fetch }\napp.fetch;",
  ],
  // the database and the environment
  [
    "relay/a.ts",
    "await Deno.openKv();",
    "uses Deno.openKv; only main.ts, kv_worker.ts, and the tasks that copy a database, may",
  ],
  [
    "tasks/a.ts",
    "const { openKv } = Deno;",
    "uses Deno.openKv; only main.ts, kv_worker.ts, and the tasks that copy a database, may",
  ],
  ["main.ts", "await Deno.openKv();"],
  ["tasks/backup.ts", "await Deno.openKv();"],
  ["tests/a_test.ts", "await Deno.openKv();"],
  ["bench/programs/a.ts", "await Deno.openKv();"],
  [
    "relay/domain/group.ts",
    'Deno.env.get("A");',
    "uses Deno.env; only main.ts, relay/config/ and tasks/ may",
  ],
  ["routes/a.ts", "const { env } = Deno;", "uses Deno.env; only main.ts, relay/config/ and tasks/ may"],
  ["routes/a.ts", 'globalThis.Deno["env"];', "uses Deno.env; only main.ts, relay/config/ and tasks/ may"],
  ["channels/a.ts", "process.env.A;", "uses process.env; only main.ts, relay/config/ and tasks/ may"],
  ["relay/config/settings.ts", "Deno.env.toObject();"],
  ["tasks/a.ts", "Deno.env.toObject();"],
  // docstrings
  ["relay/a.ts", "export const a = 1;", 'exports "a" without a docstring'],
  ["routes/a.ts", "export function a() {}", 'exports "a" without a docstring'],
  ["channels/_a.ts", "export type A = 1;", 'exports "A" without a docstring'],
  ["relay/a.ts", "export interface A {}", 'exports "A" without a docstring'],
  ["relay/a.ts", "export class A {}", 'exports "A" without a docstring'],
  ["relay/a.ts", "// no docstring\nexport class A {}", 'exports "A" without a docstring'],
  ["relay/a.ts", "/* no docstring */\nexport class A {}", 'exports "A" without a docstring'],
  ["relay/a.ts", "/** Another's. */\nconst b = 1;\nexport class A {}", 'exports "A" without a docstring'],
  ["relay/a.ts", "export const { a } = b;", 'exports "a" without a docstring'],
  [
    "relay/a.ts",
    "/** 烽火 */\nexport const a = 1;\n/**\n * Two.\n */\n// deno-lint-ignore x -- y\nexport function b() {}\nexport { c };",
  ],
  ["relay/a.ts", "/** One. */\nexport function a(): void;\nexport function a(b?: 1): void {}"],
  ["channels/a.ts", "export default 1;"],
  ["tests/a.ts", "export const a = 1;"],
  // length
  ["relay/a.ts", "//\n".repeat(401), "has 401 lines; at most 400"],
  ["relay/a.ts", "//\n".repeat(400)],
  ["tests/a.ts", "//\n".repeat(401)],
];

for (const [path, text, violation] of EXAMPLES) {
  const shown = text.length > 100 ? `${text.slice(0, 30)}…` : text;
  Deno.test(`${path} may${violation === undefined ? "" : " not"} say: ${shown.replaceAll("\n", " ↵ ")}`, () => {
    equal(violationsIn(new Map([[path, text]])), violation === undefined ? [] : [`${path}: ${violation}`]);
  });
}

Deno.test("files that import each other are a circle, also when they only do so for types", () => {
  const files = new Map([
    ["relay/a.ts", 'import type { B } from "./b.ts";'],
    ["relay/b.ts", 'export { c } from "./c.ts";'],
    ["relay/c.ts", 'await import("./a.ts");'],
    ["relay/d.ts", 'import { a } from "./a.ts";'],
  ]);
  equal(violationsIn(files), ["relay/a.ts → relay/b.ts → relay/c.ts → relay/a.ts: is a circle"]);
});

Deno.test("files of tasks and of the bench that import each other are a circle, too", () => {
  const files = new Map([
    ["tasks/_a.ts", 'import { b } from "./_b.ts";'],
    ["tasks/_b.ts", 'import type { A } from "./_a.ts";'],
  ]);
  equal(violationsIn(files), ["tasks/_a.ts → tasks/_b.ts → tasks/_a.ts: is a circle"]);
});

Deno.test("two rooms of the relay do not import each other, not even for types", () => {
  const files = new Map([
    ["relay/message/a.ts", 'import type { Ending } from "../query/ending.ts";'],
    ["relay/query/why.ts", 'import { translator } from "../message/locale.ts";'],
    ["relay/query/ending.ts", 'import { cut } from "../base/text.ts";'],
    ["relay/relay.ts", 'import { why } from "./query/why.ts";'],
  ]);
  equal(violationsIn(files), [
    "relay/message/a.ts, relay/query/why.ts: relay/message/ and relay/query/ import each other",
  ]);
});
