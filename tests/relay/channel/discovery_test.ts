import { cp } from "node:fs/promises";
import assert from "node:assert/strict";
import { BUILT_IN } from "../../../channels.ts";
import { findChannels } from "../../../relay/channel/discovery.ts";
import { discover } from "../../kit/channels.ts";
import { schemaText } from "../../../tasks/schema.ts";

const ROOT = new URL("../../../", import.meta.url);

/** A plugin that works, as its author writes it. */
function plugin(name: string, from = "fenghuo/channel"): string {
  return `import { defineChannel, z } from ${JSON.stringify(from)};
export default defineChannel({
  name: ${JSON.stringify(name)},
  title: "Mine",
  config: z.object({}),
  request: () => ({ url: "https://example.com/" }),
  sample: {},
});
`;
}

/** Plugins that cannot be loaded: file → text, and the end of the sentence with the reason. */
const BROKEN: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
  syntax: ["export default {{{ oops", /SyntaxError: Unexpected token.* at syntax\.ts:1:\d+$/],
  missing: ['import "./nope.ts";', /Module not found ".*\/nope\.ts" at missing\.ts:1:\d+$/],
  unlisted: [
    'import "no-such-package-of-ours";',
    /"no-such-package-of-ours" not a dependency .* at unlisted\.ts:1:\d+$/,
  ],
  throws: ['throw new Error("boom\\nat length");', /boom$/],
  throws_nothing: ["throw undefined;", /undefined$/],
};

/** A dependency that is neither locked nor in the cache, on a machine that reaches no registry. */
const UNLOCKED = {
  unlocked: ['import "npm:@fenghuo-nobody/none@1.0.0";', /@fenghuo-nobody\/none.* at unlocked\.ts:1:\d+$/],
} as const;

/** Plugins that load and are no channel. */
const WRONG: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
  nothing: ["export const name = 1;", /there is no default export$/],
  text: ['export default "text";', /default export is not a channel; use defineChannel$/],
  empty: ["export default {};", /default export is not a channel: name: .+$/],
  no_schema: [
    plugin("no_schema").replace("z.object({})", "{}"),
    /default export is not a channel: config: is not a zod schema$/,
  ],
  no_title: [
    plugin("no_title").replace('title: "Mine",', ""),
    /default export is not a channel: title: must be a text$/,
  ],
  no_limits: [
    plugin("no_limits").replace("sample", "limits: { alerts: 0 }, sample"),
    /default export is not a channel: limits\.alerts: must be a number above 0$/,
  ],
  no_rates: [
    plugin("no_rates").replace("sample", 'limits: { rates: [{ messages: 1, per: "week" }] }, sample'),
    /default export is not a channel: limits\.rates\.0\.per: must be .+$/,
  ],
  no_form: [
    plugin("no_form").replace("sample", 'form: "pdf", sample'),
    /default export is not a channel: form: must be one of text, markdown, html$/,
  ],
  no_hook: [
    plugin("no_hook").replace("sample", "verdict: {}, sample"),
    /default export is not a channel: verdict: is not a function$/,
  ],
  no_sample: [
    plugin("no_sample").replace("sample: {},", ""),
    /default export is not a channel: sample: is missing$/,
  ],
  next_api: [
    plugin("next_api").replace("sample", "api: 2, sample"),
    /default export is not a channel: api: is not 1, the version of the plugin API that this relay has$/,
  ],
  own_zod: [
    plugin("own_zod").replace("defineChannel, z }", "defineChannel }") + 'import { z } from "zod/mini";',
    /the config's schema was made by another copy of zod; import z from "fenghuo\/channel"; a schema of another copy .+$/,
  ],
  old_zod: [
    plugin("old_zod").replace("defineChannel, z }", "defineChannel }") + 'import { z } from "zod/v3";',
    /default export is not a channel: config: is not a zod schema$/,
  ],
  bad_sample: [
    plugin("bad_sample").replace("z.object({})", 'z.object({ token: z.string().meta({ title: "Token" }) })'),
    /the sample is not a valid config: token: Invalid input.+; correct the sample, or the schema: .+$/,
  ],
  bad_lane: [
    plugin("bad_lane").replace("sample", "lane: ({ url }) => url.href, sample"),
    /the function lane throws: Cannot read properties of undefined \(reading 'href'\); it must return .+$/,
  ],
  no_request: [plugin("no_request").replace("request:", "reqest:"), /it needs either request or send$/],
  misnamed: [plugin("y"), /default export is named "y"$/],
};

async function withFolder(
  files: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fenghuo channels " });
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function asFiles(
  plugins: Readonly<Record<string, readonly [text: string, why: RegExp]>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(plugins).map(([name, [text]]) => [`${name}.ts`, text]));
}

Deno.test("the channels of the repository are all found, and all of them load", async () => {
  const channels = await discover();
  assert.deepEqual([...channels.broken], []);
  assert.ok(channels.names().includes("inbox"));
  for (const name of channels.names()) assert.equal(channels.get(name)!.name, name);
  for (const name of ["mod", "_definition", "constructor"]) assert.equal(channels.get(name), undefined);
});

Deno.test("channels/ shows an author nothing but channels, and folders of what they share", async () => {
  const entries = await Array.fromAsync(Deno.readDir(BUILT_IN.url));
  const files = entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name).sort();
  assert.deepEqual(files, (await discover()).names().map((name) => `${name}.ts`));
  for (const { name, isDirectory } of entries) assert.equal(isDirectory, name.startsWith("_"), name);
});

Deno.test("fenghuo.schema.json is what `deno task schema` writes", async () => {
  assert.equal(await Deno.readTextFile(new URL("fenghuo.schema.json", ROOT)), schemaText(await discover()));
});

Deno.test("a second folder adds channels, and what is broken there is told in a sentence and takes nothing down", async () => {
  const relative = plugin("relative", new URL("relay/channel.ts", ROOT).pathname);
  const files = {
    "mapped.ts": plugin("mapped"),
    "relative.ts": relative,
    "_private.ts": "throw 1;",
    "mod.ts": "throw 1;",
    "types.d.ts": "",
    "notes.txt": "",
    ...asFiles(BROKEN),
    ...asFiles(WRONG),
  };
  const builtIn = (await discover()).names();
  await withFolder(files, async (folder) => {
    const channels = await discover({ folder });
    assert.deepEqual(channels.names(), [...builtIn, "mapped", "relative"].sort());
    assert.deepEqual([...channels.broken.keys()].sort(), Object.keys({ ...BROKEN, ...WRONG }).sort());
    for (const [name, [, why]] of Object.entries({ ...BROKEN, ...WRONG })) {
      const sentence = channels.broken.get(name)!;
      assert.ok(sentence.startsWith(`Cannot load channel from "${name}.ts": `), sentence);
      assert.match(sentence, why);
      // deno-lint-ignore no-control-regex -- neither colours nor a second line
      assert.doesNotMatch(sentence, /[\x00-\x1f]/);
    }
  });
});

Deno.test("a channel with a doubtful field is loaded, and the doubt is told with its cure", async () => {
  const text = plugin("doubtful").replace("z.object({})", "z.object({ api_key: z.string() })")
    .replace("sample: {}", 'sample: { api_key: "x" }');
  await withFolder({ "doubtful.ts": text }, async (folder) => {
    const { faults, get } = await discover({ folder });
    assert.equal(get("doubtful")?.name, "doubtful");
    assert.deepEqual(
      faults.list().map(({ channel, words, times }) => [channel, words.split(";")[0], times]),
      [
        ["doubtful", "the field api_key has no title", 1],
        ["doubtful", "the field api_key looks like a credential but is not marked as a secret", 1],
      ],
    );
  });
});

Deno.test("channels are known by their files, and each is loaded and complained of once, when it is asked for", async () => {
  await withFolder({ "mine.ts": plugin("mine"), "throws.ts": 'throw new Error("boom");' }, async (folder) => {
    const reports: string[] = [];
    const channels = findChannels(BUILT_IN, { folder, report: (words) => reports.push(words) });
    for (const name of ["inbox", "mine", "throws"]) assert.ok(channels.names().includes(name), name);
    assert.equal(channels.get("mine"), undefined);
    await channels.load(["mine", "no_such_channel"]);
    assert.equal(channels.get("mine")!.name, "mine");
    assert.deepEqual([channels.get("inbox"), channels.get("no_such_channel")], [undefined, undefined]);
    assert.deepEqual([reports, channels.broken.size], [[], 0]);
    await Promise.all([channels.load(["throws"]), channels.load(), channels.load()]);
    assert.deepEqual(reports, ['Cannot load channel from "throws.ts": boom']);
    assert.deepEqual([...channels.broken], [["throws", reports[0]]]);
    assert.ok(!channels.names().includes("throws"));
    for (const name of channels.names()) assert.equal(channels.get(name)!.name, name);
  });
});

Deno.test("a channel of the repository is kept when a second folder has one of its name", async () => {
  await withFolder({ "inbox.ts": plugin("inbox") }, async (folder) => {
    const channels = await discover({ folder });
    assert.equal(channels.get("inbox")!.title, (await discover()).get("inbox")!.title);
    const [[key, sentence] = ["", ""]] = channels.broken;
    assert.match(key, /^file:.*\/inbox\.ts$/);
    assert.equal(sentence, `Cannot load channel from "${key}": there is already a channel "inbox"`);
  });
});

Deno.test("a second folder that is not there is told, and takes nothing down", async () => {
  const channels = await discover({ folder: "/no/such/folder" });
  assert.ok(channels.names().includes("inbox"));
  const [[key, sentence] = ["", ""]] = channels.broken;
  assert.equal(key, "file:///no/such/folder/");
  assert.match(sentence, /^Cannot read the folder of channels "file:\/\/\/no\/such\/folder\/": /);
});

Deno.test("the real program starts with broken plugins in its own folder, and reports each", async () => {
  // Deno follows the imports of this folder before anything runs, so that only a process of its own can tell.
  await withFolder({}, async (folder) => {
    await copyProgram(folder);
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { BUILT_IN } from "./channels.ts";
import { findChannels } from "./relay/channel/discovery.ts";
const { broken, names, load } = findChannels(BUILT_IN);
await load();
console.log(JSON.stringify({ names: names(), broken: Object.fromEntries(broken) }));`,
    );
    await Deno.writeTextFile(`${folder}/channels/good.ts`, plugin("good"));
    const bad = { ...BROKEN, ...UNLOCKED, ...WRONG };
    for (const [file, text] of Object.entries(asFiles(bad))) {
      await Deno.writeTextFile(`${folder}/channels/${file}`, text);
    }
    const { names, broken } = await run(folder);
    assert.deepEqual(names, ["good"]);
    assert.deepEqual(Object.keys(broken).sort(), Object.keys(bad).sort());
    for (const [name, [, why]] of Object.entries(bad)) assert.match(broken[name]!, why);
  });
});

/** The files that discovery needs, without the channels of the repository. */
async function copyProgram(folder: string): Promise<void> {
  for (const path of ["channels", "vendor/std-crypto"]) {
    await Deno.mkdir(`${folder}/${path}`, { recursive: true });
  }
  const files = [
    "deno.json",
    "deno.lock",
    "channels.ts",
    "vendor/std-crypto/deno.json",
  ];
  files.push("vendor/std-crypto/mod.ts", "vendor/std-crypto/timing_safe_equal.ts");
  await cp(new URL("relay/", ROOT), `${folder}/relay`, { recursive: true });
  for (const file of files) await Deno.copyFile(new URL(file, ROOT), `${folder}/${file}`);
}

async function run(folder: string): Promise<{ names: string[]; broken: Record<string, string> }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P", "--frozen=false", "--cached-only", "main.ts"],
    cwd: folder,
  }).output();
  const text = new TextDecoder();
  assert.ok(success, text.decode(stderr));
  return JSON.parse(text.decode(stdout));
}

Deno.test("where the folder cannot be listed, the channels that the manifest names are there, and load", async () => {
  const reports: string[] = [];
  const folder = { ...BUILT_IN, url: new URL("file:///no/such/folder/"), names: ["inbox", "webhook"] };
  const channels = findChannels(folder, { report: (words) => reports.push(words) });
  assert.deepEqual(channels.names(), ["inbox", "webhook"]);
  await channels.load();
  assert.deepEqual([channels.get("webhook")?.title, [...channels.broken], reports], ["Webhook", [], []]);
});
