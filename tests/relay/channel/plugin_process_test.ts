/** Faulty plugins in a real relay: the relay names them, and delivers everything else. */
import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { eventually } from "../../kit/eventually.ts";
import {
  type Greeting,
  inboxOf,
  postTo,
  type RelayProcess,
  spawnRelay,
  startRelay,
  temporaryFolder,
} from "../../kit/process.ts";

const TOKEN = "A0/+=&%23-very-secret";

/** A plugin file: its code at module level, and the function that it sends with. */
function plugin(name: string, { top = "", body }: { top?: string; body: string }): string {
  return `import { defineChannel, delivered, secret, z } from "fenghuo/channel";
${top}
export default defineChannel({
  name: ${JSON.stringify(name)},
  title: "Mine",
  config: z.object({ base: z.url().meta({ title: "Address" }), token: secret("Token") }),
  ${body},
  sample: { base: "https://example.com/", token: "A0/+=&%23 cd" },
});
`;
}

const REQUEST = "request: ({ base }) => ({ url: base })";

/** A relay with these plugins, each of them a destination in addition to the inbox. */
async function relayWith(
  folder: string,
  plugins: Readonly<Record<string, string>>,
  { base }: { base: string },
): Promise<RelayProcess & Greeting> {
  const channels = `${folder}/plugins`;
  await Deno.mkdir(channels, { recursive: true });
  for (const [name, text] of Object.entries(plugins)) {
    await Deno.writeTextFile(`${channels}/${name}.ts`, text);
  }
  const destinations = Object.keys(plugins).map((name) =>
    `      - { channel: ${name}, config: { base: "${base}", token: "${TOKEN}" } }`
  );
  const yaml = ["groups:", "  - owner: default", "    level: default", "    destinations:"]
    .concat("      - { channel: inbox, config: {} }", destinations).join("\n");
  return await startRelay({ folder, yaml, env: { FENGHUO_CHANNELS: channels } });
}

async function warningsOf({ url, adminPassword }: Greeting): Promise<string[]> {
  const headers = { authorization: `Basic ${btoa(`admin:${adminPassword}`)}` };
  return (await (await fetch(`${url}/readyz`, { headers })).json()).warnings;
}

Deno.test("an error that nobody handles is named with its plugin, its file and its line, and the relay lives", async () => {
  await using vendor = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("ok"),
  );
  const base = `http://127.0.0.1:${vendor.addr.port}/`;
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    forgets: plugin("forgets", {
      body: `send: (config, _message, tools) => {
    void tools.fetch({ url: "http://127.0.0.1:9/" });
    return Promise.resolve(delivered());
  }`,
    }),
    later: plugin("later", {
      body: `request: ({ base, token }) => {
    setTimeout(() => { throw new Error("later " + token); }, 1);
    return { url: base };
  }`,
    }),
    top: plugin("top", {
      top:
        'setTimeout(() => { throw new RangeError("at once"); }); void (async () => { await 0; null.x; })();',
      body: REQUEST,
    }),
    words: plugin("words", { top: 'Promise.reject("only words");', body: REQUEST }),
  }, { base });
  await postTo(relay, {});
  const wanted = [
    /^The channel "forgets": nobody awaits an error at forgets\.ts:8:\d+: NoAnswer: .+; await each promise/,
    /^The channel "later": nobody catches an error at later\.ts:8:\d+: Error: later \*\*\*; catch the error where it is thrown/,
    /^The channel "top": nobody catches an error at top\.ts:2:\d+: (RangeError: at once|RangeError); /,
    /^The channel "top": nobody awaits an error at top\.ts:2:\d+: TypeError/,
    /^A plugin or a library: nobody awaits an error: (only words|string); /,
  ];
  await eventually("every error to be counted", async () => {
    const warnings = await warningsOf(relay);
    return wanted.every((one) => warnings.some((words) => one.test(words))) ? true : undefined;
  });
  for (const one of wanted) match(relay.stderr, new RegExp(one.source, "m"));
  doesNotMatch(relay.output, /very-secret/);
  equal((await inboxOf(relay)).length, 1);
  await postTo(relay, { labels: { instance: "b" } });
  await eventually("the second alert", async () => (await inboxOf(relay)).length === 2 ? true : undefined);
  equal((await relay.stop()).code, 0);
});

Deno.test("a plugin that ends the process, or changes what all share, is named, and the rest is delivered", async () => {
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    early: plugin("early", { top: "Deno.exit(5);", body: REQUEST }),
    bigint: plugin("bigint", { body: "request: ({ base }) => ({ url: base, json: { at: 5n } })" }),
    exits: plugin("exits", { body: "request: () => Deno.exit(3)" }),
    node: plugin("node", {
      top: 'import process from "node:process";',
      body: "request: () => process.exit(4)",
    }),
    extends: plugin("extends", { top: "Object.prototype.extra = 1;", body: REQUEST }),
    replaces: plugin("replaces", { top: 'JSON.stringify = () => "{}";', body: REQUEST }),
  }, { base: "http://127.0.0.1:9/" });
  await postTo(relay, {});
  const wanted = [
    /early\.ts.*: it calls Deno\.exit at early\.ts:2:\d+, which would end the relay/,
    /^The channel "bigint": .*the body of its request cannot be written: .*BigInt$/,
    /^The channel "exits": .*it calls Deno\.exit at exits\.ts:7:\d+/,
    /^The channel "node": .*it calls Deno\.exit at node\.ts:7:\d+/,
    /^The channel "extends": it changes Object\.prototype\.extra, which the whole relay shares/,
    /^The channel "replaces": it changes JSON\.stringify, which the whole relay shares/,
  ];
  await eventually("every plugin to be named", async () => {
    const warnings = await warningsOf(relay);
    return wanted.every((one) => warnings.some((words) => one.test(words))) ? true : undefined;
  });
  equal((await inboxOf(relay)).length, 1);
  equal((await relay.stop()).code, 0);
});

Deno.test("what a plugin prints is a line of the log without its secrets", async () => {
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    prints: plugin("prints", {
      top: 'console.log("at once");',
      body:
        "request: (config) => { console.error(config, JSON.stringify(config)); return { url: config.base }; }",
    }),
  }, { base: "http://127.0.0.1:9/" });
  await postTo(relay, {});
  const line = /^prints\.ts:7:\d+ prints: \{.*token: .*\*\*\*.*\*\*\*/m;
  await eventually("the print", () => Promise.resolve(line.test(relay.stderr) ? true : undefined));
  match(relay.stderr, /^prints\.ts:2:9 prints: something, before/m);
  doesNotMatch(relay.output, /very-secret/);
});

Deno.test("a plugin that never returns is interrupted and named, and the rest is delivered", async () => {
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    endless: plugin("endless", {
      body: "request: ({ base }) => { for (;;) if (base === 5) return { url: base }; }",
    }),
  }, { base: "http://127.0.0.1:9/" });
  await postTo(relay, {});
  const words =
    /^The channel "endless": the channel failed: request does not return within 2 s, and the whole relay/;
  await eventually(
    "the plugin to be named",
    async () => (await warningsOf(relay)).some((warning) => words.test(warning)) ? true : undefined,
  );
  equal((await inboxOf(relay)).length, 1);
});

Deno.test("a plugin that blocks the relay where it cannot be interrupted is named", async () => {
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    blocking: plugin("blocking", {
      body: `send: async () => {
    await 1;
    for (const end = Date.now() + 4_000; Date.now() < end;);
    return delivered();
  }`,
    }),
  }, { base: "http://127.0.0.1:9/" });
  await postTo(relay, {});
  const named = /^The relay is blocked for \d+ s, and does nothing else: blocking: send$/m;
  await eventually("the worker to name it", () => named.test(relay.stderr) ? true : undefined);
  const words = /^A plugin or a library: the relay was blocked for more than 3 s: blocking: send/;
  await eventually(
    "the health page to name it",
    async () => (await warningsOf(relay)).some((warning) => words.test(warning)) ? true : undefined,
  );
  equal((await inboxOf(relay)).length, 1);
  equal((await relay.stop()).code, 0);
});

Deno.test("a plugin whose top level never ends is named, before the relay listens", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/plugins`);
  await Deno.writeTextFile(
    `${folder.path}/plugins/stuck.ts`,
    plugin("stuck", { top: "for (;;);", body: REQUEST }),
  );
  const destination = '{ channel: stuck, config: { base: "http://127.0.0.1:9/", token: t } }';
  await using relay = await spawnRelay({
    folder: folder.path,
    yaml: `groups: [{ owner: default, level: default, destinations: [${destination}] }]`,
    env: { FENGHUO_CHANNELS: `${folder.path}/plugins` },
  });
  const named = /^The relay is blocked for \d+ s, and does nothing else: stuck: its top level$/m;
  await eventually("the worker to name it", () => named.test(relay.stderr) ? true : undefined);
});

Deno.test("a plugin that keeps the process from ending is named, and the process ends", async () => {
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    ticking: plugin("ticking", { top: "setInterval(() => {}, 60_000);", body: REQUEST }),
  }, { base: "http://127.0.0.1:9/" });
  const { code, ms } = await relay.stop();
  equal([code, ms < 5_000], [0, true]);
  match(
    relay.stderr,
    /^The process did not end by itself: a plugin left a timer running at ticking\.ts:2:1: clear it, or unref it$/m,
  );
});

Deno.test("a plugin that leaves a server open does not keep the process from ending", async () => {
  await using folder = await temporaryFolder();
  await using relay = await relayWith(folder.path, {
    serving: plugin("serving", {
      top: 'Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());',
      body: REQUEST,
    }),
  }, { base: "http://127.0.0.1:9/" });
  equal((await relay.stop()).code, 0);
  match(relay.stderr, /^The process did not end by itself: something is still open, such as a connection/m);
});
