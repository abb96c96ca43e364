import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ROOT } from "./kit/process.ts";

/** A module in the output of `deno info --json`. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** Files that only tasks use. */
const OF_TASKS = ["relay/store/copy.ts"];

/** Isolates of their own: a bundler must be given them (`deno compile --include`). */
const WORKERS = ["relay/store/kv_worker.ts"];

Deno.test("whatever runs is in the module graph of main.ts, so that no bundler leaves it out", async () => {
  const graph = await codeGraph();
  const files = await Array.fromAsync(sources(["relay", "routes", "channels"]));
  const left = files.filter((path) => !graph.has(path) && ![...OF_TASKS, ...WORKERS].includes(path));
  for (const path of left) {
    equal(Object.keys(await import(`../${path}`)), [], `${path} has types only`);
  }
});

Deno.test("the schemas of what the API answers load with its document, not with a start or a page", async () => {
  const loaded = await codeGraph({ dynamic: false, from: ["main.ts", "routes/pages.ts"] });
  ok(loaded.has("relay/query/query.ts") && loaded.has("routes/api/mod.ts"));
  equal([...loaded].filter((path) => /^(relay\/query\/shapes|routes\/api\/openapi)\//.test(path)), []);
});

Deno.test("the library of OpenID Connect loads when a sign-in begins, not with a start or a page", async () => {
  const loaded = await codeGraph({ dynamic: false, from: ["main.ts", "routes/pages.ts"] });
  ok(loaded.has("relay/access/oidc/sign_in.ts"));
  equal([...loaded].filter((path) => /oidc\/(provider|refusal)\.ts$|oauth4webapi/.test(path)), []);
  ok((await codeGraph()).has("relay/access/oidc/provider.ts"));
});

/** The files that these import, directly or not, statically or dynamically; imports of types do not count. */
async function codeGraph({ dynamic = true, from = ["main.ts"] } = {}): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: ROOT,
  })
    .output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const root = new URL(`file://${ROOT}`).href;
  const reached = new Set<string>();
  const next = from.map((path) => root + path);
  for (let specifier = next.pop(); specifier !== undefined; specifier = next.pop()) {
    if (reached.has(specifier)) continue;
    reached.add(specifier);
    for (const { code, isDynamic } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && (dynamic || !isDynamic)) next.push(code.specifier);
    }
  }
  return new Set([...reached].map((specifier) => specifier.replace(root, "")));
}

async function* sources(folders: readonly string[]): AsyncGenerator<string> {
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
      const path = `${folder}/${name}`;
      if (isDirectory) yield* sources([path]);
      else if (name.endsWith(".ts")) yield path;
    }
  }
}
