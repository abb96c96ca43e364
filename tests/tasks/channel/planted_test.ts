/**
 * Authors' mistakes, each as a small plugin with one fault, the place that catches it, and the sentence that names
 * it. `load`: a relay refuses the file, or warns of it, at its start; `check`: only `deno task channel check` runs
 * the faulty code.
 */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Verdict } from "../../../relay/channel.ts";
import { attempt, configured, message } from "../../../simulator/testing.ts";
import { loadPlugin } from "../../../tasks/channel/_plugin.ts";
import { gradeFiles } from "../../../tasks/channel/_grade_files.ts";
import { discover } from "../../kit/channels.ts";
import { temporaryFolder } from "../../kit/process.ts";

/** The parts of a plugin that is right. */
const RIGHT = {
  head: 'import { defineChannel, delivered, refused, retry, secret, throttled, z } from "fenghuo/channel";',
  name: '"NAME"',
  config: 'z.object({ url: z.url().meta({ title: "Server" }), token: secret("Token") })',
  request: `(config, message) => ({
    url: new URL("message", config.url).href,
    headers: { "x-token": config.token },
    json: { title: message.title, text: message.body },
  })`,
  success: "({ json }) => (json as { ok?: boolean } | undefined)?.ok === true",
  fixtures: '{ accepted: [{ json: { ok: true } }], refused: [{ status: 401, what: "config" }] }',
  sample: '{ url: "https://push.example.com/", token: "A0/+=&%23 cd" }',
};

type Parts = Partial<Record<keyof typeof RIGHT | "more" | "tail" | "file", string>>;

function pluginOf(name: string, { head = RIGHT.head, more = "", tail = "", file, ...parts }: Parts): string {
  if (file !== undefined) return file;
  const all = { ...RIGHT, ...parts };
  const keys = (Object.keys(RIGHT) as (keyof typeof RIGHT)[]).filter((key) =>
    key !== "head" && all[key] !== ""
  );
  const fields = keys.map((key) => `  ${key}: ${all[key].replace("NAME", name)},`).join("\n");
  return `${head}\n\nexport default defineChannel({\n  title: "T",\n${fields}\n${more}});\n${tail}`;
}

/** A request whose part differs from the right one. */
const request = (part: string): string =>
  `(config, message) => ({ url: new URL("message", config.url).href, headers: { "x-token": config.token }, ${part} })`;

/** A conversation instead of a request. */
const send = (body: string): Parts => ({
  request: "",
  success: "",
  more: `  send: async (config, message, tools) => {\n    ${body}\n  },\n`,
});
const CALL = "tools.fetch({ url: config.url, headers: { x: config.token }, json: {} })";

const PLANTED: readonly (Parts & { fault: string; where: "load" | "check"; says: RegExp })[] = [
  // The file
  {
    fault: "a syntax error",
    where: "load",
    file: "export default {\n",
    says: /cannot be loaded: .*(Expected|Unexpected)/,
  },
  {
    fault: "a throw while it loads",
    where: "load",
    tail: 'throw new Error("no vendor");',
    says: /cannot be loaded: no vendor/,
  },
  {
    fault: "an import that is not there",
    where: "load",
    head: `import "./nowhere.ts";\n${RIGHT.head}`,
    says: /cannot be loaded: .*nowhere\.ts/,
  },
  {
    fault: "nothing exported",
    where: "load",
    file: "export const channel = {};\n",
    says: /there is no default export/,
  },
  {
    fault: "another name than its file",
    where: "load",
    name: '"other"',
    says: /default export is named "other"/,
  },
  { fault: "neither request nor send", where: "load", request: "", says: /it needs either request or send/ },
  { fault: "a later version of the API", where: "load", more: "  api: 2 as never,\n", says: /api: is not 1/ },
  {
    fault: "a top level that never ends",
    where: "load",
    head: `${RIGHT.head}\nawait new Promise(() => setInterval(() => {}, 1_000));`,
    says: /cannot be loaded: its top level does not end/,
  },
  {
    fault: "an interval",
    where: "check",
    head: `${RIGHT.head}\nconst timer = setInterval(() => {}, 60_000);\nclearInterval(timer);`,
    says: /it sets an interval/,
  },
  {
    fault: "an end of the whole process",
    where: "check",
    request: "(config) => { if (config.url) Deno.exit(0); return { url: config.url }; }",
    says: /request, for .*: it ends the process/,
  },
  {
    fault: "a throw in a timer",
    where: "check",
    request:
      '(config, message) => { setTimeout(() => { throw new Error("late"); }); return { url: config.url, json: { text: message.body } }; }',
    says: /it throws outside of every call, as in a timer: .*late/,
  },
  // The schema
  {
    fault: "another library's schema",
    where: "load",
    config: "{ parse: (x: unknown) => x } as never",
    says: /config: is not a zod schema/,
  },
  {
    fault: "a zod of its own",
    where: "load",
    head: `${RIGHT.head}\nimport * as own from "zod/mini";`,
    config: "own.object({ url: own.string(), token: own.string() }) as never",
    says: /made by another copy of zod/,
  },
  {
    fault: "a sample that is no config",
    where: "load",
    sample: '{ url: "push.example.com", token: "t" }',
    says: /the sample is not a valid config: url/,
  },
  {
    fault: "a field without a title",
    where: "load",
    config: 'z.object({ url: z.url(), token: secret("Token") })',
    says: /the field url has no title/,
  },
  {
    fault: "a token in a field that is not marked",
    where: "load",
    config:
      'z.object({ url: z.url().meta({ title: "Server" }), token: z.string().meta({ title: "Token" }) })',
    says: /the field token looks like a credential but is not marked as a secret/,
  },
  // The options
  {
    fault: "a negative limit",
    where: "load",
    more: "  limits: { bodyBytes: -1 },\n",
    says: /limits\.bodyBytes: must be a number above 0/,
  },
  {
    fault: "limits that throw",
    where: "load",
    more: "  limits: (config) => ({ bodyBytes: (config as any).size.bytes }),\n",
    says: /the function limits throws/,
  },
  {
    fault: "a form that is not there",
    where: "load",
    more: '  form: () => "md" as never,\n',
    says: /what the function form returns is wrong/,
  },
  {
    fault: "a lane that is no text",
    where: "load",
    more: "  lane: (config) => config as never,\n",
    says: /what the function lane returns is wrong/,
  },
  {
    fault: "rates without a lane",
    where: "load",
    more: "  limits: { rates: [{ messages: 20, per: 60_000 }] },\n",
    says: /it has rates and no lane/,
  },
  {
    fault: "kilobytes for bytes",
    where: "check",
    more: "  limits: { bodyBytes: 4 },\n",
    says: /limits\.bodyBytes is 4: no alert fits/,
  },
  { fault: "seconds for milliseconds", where: "check", more: "  timeout: 30,\n", says: /timeout is 30 ms/ },
  {
    fault: "a rate by the second in seconds",
    where: "check",
    more: '  limits: { rates: [{ messages: 20, per: 60 }] },\n  lane: () => "l",\n',
    says: /limits\.rates\[0\] has a period of 60 ms/,
  },
  {
    fault: "a remedy that remembers",
    where: "check",
    more: '  remedies: [{ when: /401/g, cause: { zh: "a", en: "a" }, cure: { zh: "b", en: "b" } }],\n',
    says: /remembers where it stopped/,
  },
  // The request
  {
    fault: "a forgotten await",
    where: "check",
    head: `${RIGHT.head}\nconst sign = async (text: string) => text;`,
    request: request("json: { text: message.body, sign: sign(message.id) }"),
    says: /json\.sign is a promise/,
  },
  {
    fault: "a promise in a header",
    where: "check",
    head: `${RIGHT.head}\nconst sign = async (text: string) => text;`,
    request: request("json: { text: `${message.body}${sign(message.id)}` }"),
    says: /is the text "\[object Promise\]"/,
  },
  {
    fault: "a Map in the JSON",
    where: "check",
    request: request("json: { labels: new Map([[1, message.title]]) }"),
    says: /json\.labels is a Map/,
  },
  {
    fault: "a text in a header",
    where: "check",
    request: request("headers: { title: message.title }, json: {}").replace(
      'headers: { "x-token": config.token }, ',
      "",
    ),
    says: /the header title cannot be sent/,
  },
  {
    fault: "a credential that the address swallows",
    where: "check",
    request:
      "(config, message) => ({ url: `${config.url}bot${config.token}/send`, json: { text: message.body } })",
    says: /a credential stands in the url as it is/,
  },
  {
    fault: "an address of another host",
    where: "check",
    request:
      '(config, message) => ({ url: "https://api.example.org/send", json: { text: message.body, token: config.token } })',
    says: /may not send to api\.example\.org/,
  },
  {
    fault: "an alert without links taken for granted",
    where: "check",
    request: request("json: { text: message.body, link: message.links[0]!.url }"),
    says: /for a message to nobody, about nothing: it throws/,
  },
  {
    fault: "a random id",
    where: "check",
    request: request("json: { text: message.body, id: Math.random() }"),
    says: /the two differ/,
  },
  {
    fault: "fetch",
    where: "check",
    request:
      "async (config, message) => { await fetch(config.url); return { url: config.url, json: { text: message.body } }; }",
    says: /it sends a request of its own/,
  },
  {
    fault: "an endless loop",
    where: "check",
    request: "(config, message) => { while (message.body !== config.url); return { url: config.url }; }",
    says: /request, for .*: it does not return, and holds the whole relay/,
  },
  {
    fault: "a request that waits",
    where: "check",
    request: "(config) => new Promise((resolve) => setTimeout(() => resolve({ url: config.url }), 60_000))",
    says: /it did not end within 2 s/,
  },
  {
    fault: "a change of the message",
    where: "check",
    request:
      '(config, message) => { (message.alerts as unknown[]).push("x"); return { url: config.url, json: {} }; }',
    says: /it changes what it was given/,
  },
  {
    fault: "a change of what all share",
    where: "check",
    request:
      "(config, message) => { Date.now = () => 0; return { url: config.url, json: { text: message.body } }; }",
    says: /it changes Date\.now, which the whole relay shares/,
  },
  {
    fault: "a picture that leaves no room for words",
    where: "check",
    request: request('json: { text: message.body, picture: "A".repeat(5_000) }'),
    more: "  limits: { bodyBytes: 4_000, request: { bytes: 4_096 } },\n",
    says: /The request has 1\d\d % of the vendor's limit, whatever the body has/,
  },
  {
    fault: "a markup that escapes nothing",
    where: "check",
    more: "  form: { escape: (text) => text, bold: (words) => `*${words}*` },\n",
    says: /form\.escape leaves "\*text\*" as it is, which form\.bold writes/,
  },
  {
    fault: "a title that is put before the body as it is",
    where: "check",
    more: '  form: { escape: (text) => text.replaceAll("<", "&lt;"), bold: (words) => `<b>${words}</b>` },\n',
    request: request("json: { text: `<b>${message.title}</b> ${message.body}` }"),
    says: /it puts a text beside the body as it is/,
  },
  {
    fault: "a token from the environment",
    where: "check",
    request: request('json: { text: message.body, token: Deno.env.get("PAGER_TOKEN") ?? "" }'),
    says: /it reads PAGER_TOKEN from the environment/,
  },
  // The answer
  {
    fault: "an answer that is always JSON",
    where: "check",
    success: "(response) => (response.json as { ok: boolean }).ok",
    says: /success, on HTTP 200 with nothing: it throws/,
  },
  {
    fault: "a page that counts as a yes",
    where: "check",
    success: "",
    says: /a login page with HTTP 200 counts as delivered/,
  },
  {
    fault: "a refusal in HTTP 200 that counts as a yes",
    where: "check",
    success: "({ json }) => json !== undefined",
    fixtures:
      '{ accepted: [{ json: { ok: true } }], refused: [{ json: { ok: false, error: "token" }, what: "config" }] }',
    says: /fixtures\.refused\[0\]: the verdict is delivered .*, not refused\("config"\)/,
  },
  {
    fault: "a verdict without a kind",
    where: "check",
    success: "",
    more: '  verdict: () => ({ because: "ok" }) as never,\n',
    says: /verdict, on HTTP 200.*: the kind of its verdict is none of/,
  },
  {
    fault: "a wait that is no number",
    where: "check",
    success: "",
    more:
      '  verdict: ({ status, headers }) => status === 429 ? throttled("slow", { waitMs: Number(headers.get("x-wait") ?? "soon") }) : status < 300 ? retry("?") : undefined,\n',
    fixtures: '{ accepted: [{ json: { ok: true } }], refused: [{ status: 401, what: "config" }] }',
    says: /throttled waits NaN/,
  },
  {
    fault: "a throttle without a wait",
    where: "check",
    success: "",
    more: '  verdict: ({ status }) => status === 429 ? throttled("slow", { waitMs: 0 }) : undefined,\n',
    says: /throttled waits 0 ms/,
  },
  {
    fault: "a day's wait that is no quota's",
    where: "check",
    success: "",
    more:
      '  verdict: ({ status }) => status === 429 ? throttled("slow", { waitMs: 86_400_000 }) : undefined,\n',
    says: /throttled waits 1440 minutes, of which a relay keeps 15/,
  },
  {
    fault: "no answers of the vendor",
    where: "check",
    fixtures: "undefined as never",
    says: /it has no fixtures/,
  },
  // The conversation
  {
    fault: "a call that nobody awaits",
    where: "check",
    ...send(`${CALL};\n    return delivered();`),
    says: /it returns while a request has no answer yet/,
  },
  {
    fault: "a rejection that nobody awaits",
    where: "check",
    ...send(`${CALL};\n    throw new Error("late");`),
    says: /a promise was rejected that nobody awaits/,
  },
  {
    fault: "a secret in the words of a verdict",
    where: "check",
    ...send('return refused("config", `bad token ${config.token}`);'),
    says: /the words of the verdict refused tell a secret/,
  },
  {
    fault: "a secret in a key of the cache",
    where: "check",
    ...send(
      `await tools.cache.set(\`token \${config.token}\`, 1, { until: tools.now + 1 });\n    await ${CALL};\n    return delivered();`,
    ),
    says: /a key of the cache is a secret/,
  },
  {
    fault: "a conversation that never ends",
    where: "check",
    ...send("await new Promise(() => {});\n    return delivered();"),
    says: /it did not end within 2 s/,
  },
  // The plugin's promises
  {
    fault: "threads without a receipt",
    where: "check",
    more: "  threads: true,\n",
    says: /no fixture of accepted has a receipt/,
  },
  {
    fault: "threads that begin anew each time",
    where: "check",
    success: "",
    more:
      '  threads: true,\n  verdict: ({ json }) => (json as { ok?: boolean } | undefined)?.ok ? delivered("ok", { receipt: { id: "1" } }) : refused("config", "no"),\n',
    fixtures:
      '{ accepted: [{ json: { ok: true }, receipt: { id: "1" } }], refused: [{ json: {}, what: "config" }] }',
    says: /it has threads, and ignores message\.earlier/,
  },
  {
    fault: "one message per recipient, the same for all",
    where: "check",
    more: '  per: "recipient",\n',
    says: /its request is the same for everybody/,
  },
  {
    fault: "an address that no form asks for",
    where: "check",
    request: request("json: { to: message.recipients.map((member) => member.pager), text: message.body }"),
    says: /it reads pager of a member, which no form asks for/,
  },
  {
    fault: "a size in a unit that there is not",
    where: "load",
    more: "  limits: { body: { chars: 200 } } as never,\n",
    says: /limits\.body: must be an object with bytes, jsonBytes, characters or utf16/,
  },
  {
    fault: "an escape that forgets its return",
    where: "load",
    more: '  form: { escape: (text: string) => { text.replaceAll("<", "&lt;"); } } as never,\n',
    says: /form\.escape returns no text/,
  },
  {
    fault: "a field that throws when it is read",
    where: "load",
    more: '  get docs(): string { throw new Error("later"); },\n',
    says: /default export cannot be read: later/,
  },

  // Faults that the kit itself must survive
  {
    fault: "a print of the config",
    where: "check",
    more: "  verdict: (answer) => { console.log(answer); return undefined; },\n",
    says: /it calls console\.log/,
  },
  {
    fault: "another JSON.stringify",
    where: "check",
    tail: 'JSON.stringify = () => "{}";\n',
    says: /it changes JSON\.stringify/,
  },
  {
    fault: "another fetch",
    where: "check",
    tail: "globalThis.fetch = (() => {}) as never;\n",
    says: /it changes globalThis\.fetch/,
  },
  {
    fault: "a property of every object",
    where: "check",
    tail: "(Object.prototype as any).extra = 1;\n",
    says: /it changes Object\.prototype\.extra/,
  },
  {
    fault: "a text in place of a request",
    where: "check",
    request: "((config: any) => config.url) as never",
    says: /it returns string/,
  },
  {
    fault: "a Request",
    where: "check",
    request: '((config: any) => new Request(config.url, { method: "POST", body: "x" })) as never',
    says: /it returns a Request, not a plain object/,
  },
  {
    fault: "a URL where its text belongs",
    where: "check",
    request: "((config: any) => ({ url: new URL(config.url) })) as never",
    says: /the url of its request is a URL, not a text: use its href/,
  },
  {
    fault: "a bigint in the body",
    where: "check",
    request: request("json: { at: 5n }"),
    says: /json\.at is a bigint/,
  },
  {
    fault: "a body of megabytes",
    where: "check",
    request: request('json: { text: message.body, more: "x".repeat(3_000_000) }'),
    says: /its request has 3,\d+ kB/,
  },
  {
    fault: "a body that holds itself",
    where: "check",
    request:
      "(config, message) => { const json: any = { text: message.body }; json.self = json; return { url: config.url, json }; }",
    says: /json\.self is a part of itself/,
  },
];

const ENDLESS = PLANTED.findIndex(({ fault }) => fault === "a top level that never ends");
const names = PLANTED.map((_, index) => `plugin${index}`);

Deno.test("each planted fault is caught where it should be, with a sentence that names it", async (t) => {
  await using folder = await temporaryFolder();
  const write = (name: string, parts: Parts): Promise<void> =>
    Deno.writeTextFile(`${folder.path}/${name}.ts`, pluginOf(name, parts));
  await write("right", {});
  await Promise.all(PLANTED.map((parts, index) => write(names[index]!, parts)));
  const urls = ["right", ...names].map((name) => `file://${folder.path}/${name}.ts`);
  const [right, ...graded] = await gradeFiles(urls);

  await t.step("a plugin that is right has no finding", () => equal(right!.findings, []));
  for (const [index, { fault, says }] of PLANTED.entries()) {
    await t.step(`check: ${fault}`, () => {
      const problems = graded[index]!.findings.map(({ problem }) => problem);
      ok(problems.some((problem) => says.test(problem)), `no finding says ${says}: ${problems.join("\n")}`);
      for (const { cure } of graded[index]!.findings) match(cure, /\w/);
    });
  }

  await t.step("a start says what a start can see, and loads the rest", async () => {
    const reports: string[] = [];
    await Deno.remove(`${folder.path}/${names[ENDLESS]}.ts`); // a start waits ten seconds for it
    const registry = await discover({ folder: folder.path, report: (words) => reports.push(words) });
    equal([registry.broken.has("right"), registry.get("right")?.name], [false, "right"]);
    for (const [index, { fault, where, says }] of PLANTED.entries()) {
      if (index === ENDLESS) continue;
      const about = reports.filter((words) => new RegExp(`\\b${names[index]}\\b`).test(words));
      if (where === "load") ok(about.length > 0, `${fault}: ${says} is not reported`);
      else {equal(
          [registry.broken.get(names[index]!), registry.get(names[index]!)?.title],
          [undefined, "T"],
          fault,
        );}
    }
  });
});

Deno.test("an error of a timer that a plugin leaves running is no finding of the plugin that is graded after it", async () => {
  await using folder = await temporaryFolder();
  const write = (name: string, parts: Parts): Promise<void> =>
    Deno.writeTextFile(`${folder.path}/${name}.ts`, pluginOf(name, parts));
  const head = `import { graded } from "./_graded.ts";\n${RIGHT.head}`;
  await Deno.writeTextFile(`${folder.path}/_graded.ts`, "export const graded: string[] = [];\n");
  await write("first", {
    head,
    tail:
      'setTimeout(function wait() { if (graded.length > 0) throw new Error("late"); setTimeout(wait); });',
  });
  await write("second", {
    head,
    request: RIGHT.request.replace("({", '{ graded.push("second"); return ({').replace(/\)$/, "); }"),
  });
  const [, second] = await gradeFiles(["first", "second"].map((name) => `file://${folder.path}/${name}.ts`));
  equal([second!.title, second!.findings], ["T", []]);
});

/** The result of such an ungraded plugin: an attempt of the relay. */
const AT_NIGHT: readonly (Parts & { fault: string; comes: Partial<Verdict>; says: RegExp })[] = [
  {
    fault: "a wait that is no number",
    more: '  verdict: () => throttled("slow", { waitMs: NaN }),\n',
    comes: { kind: "throttled", waitMs: 60_000 },
    says: /^slow$/,
  },
  {
    fault: "no wait",
    more: '  verdict: () => throttled("slow", { waitMs: 0 }),\n',
    comes: { kind: "throttled", waitMs: 1_000 },
    says: /^slow$/,
  },
  {
    fault: "a wait of a year",
    more: '  verdict: () => throttled("slow", { waitMs: 365 * 86_400_000 }),\n',
    comes: { kind: "throttled", waitMs: 900_000 },
    says: /^slow$/,
  },
  {
    fault: "a verdict without a kind",
    more: '  verdict: () => ({ because: "ok" }) as never,\n',
    comes: { kind: "retry" },
    says: /the kind of its verdict is none of/,
  },
  {
    fault: "a text in a header",
    request: '(config) => ({ url: config.url, headers: { title: "磁盘" } })',
    comes: { kind: "retry" },
    says: /the header title cannot be sent/,
  },
  {
    fault: "a request that throws",
    request: "(config, message) => ({ url: (message.links[0] as any).url })",
    comes: { kind: "retry" },
    says: /request throws: Cannot read properties of undefined/,
  },
  {
    fault: "an address of another host",
    request: '() => ({ url: "https://api.example.org/" })',
    comes: { kind: "refused" },
    says: /may not send to api\.example\.org/,
  },
  {
    fault: "a secret in its words",
    more: "  verdict: () => refused(\"config\", 'bad token A0/+=&%23 cd'),\n",
    comes: { kind: "refused" },
    says: /^bad token \*\*\*$/,
  },
];

Deno.test("where nobody has graded it, a fault ends in a verdict that says so, and never in a storm of requests", async (t) => {
  await using folder = await temporaryFolder();
  for (const [index, { fault, comes, says, ...parts }] of AT_NIGHT.entries()) {
    await t.step(fault, async () => {
      const path = `${folder.path}/night${index}.ts`;
      await Deno.writeTextFile(path, pluginOf(`night${index}`, parts));
      const { verdict } = await attempt(
        configured(await loadPlugin(path)),
        message(),
        () => ({ status: 429 }),
      );
      equal(Object.fromEntries(Object.keys(comes).map((key) => [key, Reflect.get(verdict, key)])), comes);
      match(verdict.because, says);
    });
  }
});
