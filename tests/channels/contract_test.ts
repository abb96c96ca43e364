/** What holds for every channel: each file of `channels/` is found and graded, so a new one needs no line here. */
import assert from "node:assert/strict";
import {
  type Cache,
  type Channel,
  type Message,
  type Rate,
  retry,
  type Tools,
  type Verdict,
  z,
} from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import { alert, HOSTILE, link, message, NOW, PEOPLE } from "./_message.ts";
import { answer } from "./_send.ts";

const folder = new URL("../../channels/", import.meta.url);
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".ts") && !name.startsWith("_") && name !== "mod.ts")
  .map((name) => name.slice(0, -".ts".length));

/** How vendors say "not now" in HTTP 200: as a code, as a gateway, as a page. */
const THROTTLES: readonly string[] = [
  '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}',
  '{"errcode":"410100","errmsg":"ok"}',
  '{"errcode":45009,"errmsg":"api freq out of limit"}',
  '{"errcode":88,"sub_code":"90018","sub_msg":"x"}',
  '{"code":11232,"msg":"frequency limited"}',
  '{"code":"send.too.fast","message":"x"}',
  '{"status":1111,"wait":5,"source":"x5","punish":"deny"}',
  "<!DOCTYPE html><html><body>punish: deny</body></html>",
  "",
];

for (const name of names) {
  const channel: Channel = (await import(`../../channels/${name}.ts`)).default;
  const config = (): unknown => channel.config.parse(channel.sample);
  const schema = z.toJSONSchema(channel.config, { io: "input", unrepresentable: "any" }) as Schema;

  Deno.test(`${name}: it is named like its file, and titled for people`, () => {
    assert.equal(channel.name, name);
    assert.match(channel.title, /\S/);
    if (channel.docs !== undefined) assert.equal(new URL(channel.docs).protocol, "https:");
    assert.equal(Number(channel.request !== undefined) + Number(channel.send !== undefined), 1);
  });

  Deno.test(`${name}: its config is an object whose every field has a title`, () => {
    assert.equal(schema.type, "object");
    for (const [key, field] of Object.entries(schema.properties ?? {})) {
      assert.match(field.title ?? "", /\S/, `${key} has no title: .meta() must come last`);
    }
  });

  Deno.test(`${name}: its sample validates, and once more from what it became`, () => {
    assert.deepEqual(channel.config.parse(config()), config());
  });

  Deno.test(`${name}: its limits are positive, and what depends on the config is told`, () => {
    const told = <T>(value: T | ((config: unknown) => T)): T =>
      typeof value === "function" ? (value as (config: unknown) => T)(config()) : value;
    const { rates = [], ...limits } = limitsOf(channel, config());
    for (const [key, limit] of Object.entries(limits)) {
      for (const most of typeof limit === "number" ? [limit] : Object.values(limit)) {
        assert.ok(Number.isSafeInteger(most) && most > 0, key);
      }
    }
    for (const rate of rates) checkRate(rate);
    assert.equal(new Set(rates.map(({ per }) => per)).size, rates.length, "one rate for each window");
    if (rates.length > 0) assert.ok(channel.lane, "rates without a lane: what does their budget belong to?");
    assert.equal(typeof (channel.digest ?? true), "boolean");
    const form = told(channel.form);
    assert.ok(typeof form === "object" || ["text", "markdown", "html", undefined].includes(form));
    assert.ok(["payload", "single", "waiting", undefined].includes(told(channel.combine)));
    if (channel.lane) assert.equal(channel.lane(config()), channel.lane(config()));
  });

  if (limitsOf(channel, config()).rates?.length) throttleContract(channel, config);
  if (channel.request !== undefined) requestContract(channel, config, secretsOf(schema, channel.sample));
  else sendContract(channel, config, secretsOf(schema, channel.sample));
}

/** What holds for a channel that describes its request. */
function requestContract(channel: Channel, config: () => unknown, secrets: readonly string[]): void {
  const request = (text: Message): ReturnType<NonNullable<Channel["request"]>> =>
    channel.request!(config(), text, { now: NOW, id: text.id });

  Deno.test(`${channel.name}: the same message makes the same request`, async () => {
    assert.deepEqual(await request(message(full("text"))), await request(message(full("text"))));
  });

  Deno.test(`${channel.name}: hostile messages make requests that can be sent`, async (t) => {
    for (const [text, own] of hostileMessages(channel)) {
      await t.step(text, async () => {
        const described = await request(message(own));
        if ("kind" in described) return checkVerdict(described, secrets);
        const { url, headers, json, form, body } = described;
        assert.match(new URL(url).protocol, /^https?:$/);
        new Headers(headers);
        assert.ok([json, form, body].filter((part) => part !== undefined).length <= 1, "one kind of body");
        if (json !== undefined) assert.deepEqual(JSON.parse(JSON.stringify(json)), withoutUndefined(json));
        const type = new Headers(headers).get("content-type") ?? "";
        if (typeof body === "string" && type.includes("json")) JSON.parse(body);
        const frozen = message(own);
        await request(deepFrozen(frozen)); // a message is shared: a channel must not change it
      });
    }
  });

  Deno.test(`${channel.name}: no answer makes its verdict throw, or a word of it tell a secret`, async (t) => {
    for (const status of [200, 204, 302, 400, 401, 403, 404, 410, 413, 429, 500, 502, 503]) {
      for (const text of ANSWERS) {
        await t.step(`${status} ${text.slice(0, 40)}`, () => {
          const verdict = channel.verdict?.(answer(text, { status }), { now: NOW });
          if (verdict === undefined) return;
          checkVerdict(verdict, secrets);
          if (status >= 300) assert.notEqual(verdict.kind, "delivered");
        });
      }
    }
  });
}

/** What holds for a channel that keeps to rates: its vendor throttles, and may do so in HTTP 200. */
function throttleContract(channel: Channel, config: () => unknown): void {
  for (const text of THROTTLES) {
    Deno.test(`${channel.name}: in HTTP 200, "${text.slice(0, 60)}" is not delivered`, async () => {
      const tools = { ...deafTools(), fetch: () => Promise.resolve(answer(text)) };
      const verdict = channel.send === undefined
        ? channel.verdict?.(answer(text), { now: NOW })
        : await channel.send(config(), message(full("text")), tools);
      assert.ok(verdict, "left to the HTTP status, which says yes");
      assert.notEqual(verdict.kind, "delivered");
    });
  }
}

/** What holds for a channel that holds a conversation. */
function sendContract(channel: Channel, config: () => unknown, secrets: readonly string[]): void {
  Deno.test(`${channel.name}: without an answer its verdict is a retry or it throws, and tells no secret`, async (t) => {
    for (const [text, own] of hostileMessages(channel)) {
      await t.step(text, async () => {
        const verdict = await channel.send!(config(), deepFrozen(message(own)), deafTools()).catch((error) =>
          retry(String(error instanceof Error ? error.message : error))
        );
        checkVerdict(verdict, secrets);
      });
    }
  });
}

function checkRate({ messages, per, penalty }: Rate): void {
  assert.ok(Number.isSafeInteger(messages) && messages > 0, `${messages} messages`);
  const isWindow = typeof per === "number";
  assert.ok(
    isWindow ? Number.isSafeInteger(per) && per >= 1_000 : ["day", "month"].includes(per),
    `per ${per}`,
  );
  if (penalty === undefined) return;
  assert.ok(isWindow, "a quota ends with its day or month: it has no penalty");
  assert.ok(Number.isSafeInteger(penalty) && penalty >= per, "a penalty shorter than its window is none");
}

function checkVerdict(verdict: Verdict, secrets: readonly string[]): void {
  assert.ok(["delivered", "throttled", "retry", "refused", "skipped"].includes(verdict.kind));
  if ("waitMs" in verdict) assert.ok(Number.isFinite(verdict.waitMs) && verdict.waitMs! >= 0, "waitMs");
  for (const secret of secrets) {
    for (const spelling of [secret, encodeURIComponent(secret)]) {
      assert.ok(!verdict.because.includes(spelling), `"${verdict.because}" tells a secret`);
    }
  }
}

/** What vendors answer, and what stands between us and them. */
const ANSWERS: readonly string[] = [
  "",
  "ok",
  "null",
  "[]",
  "0",
  '"x"',
  "{}",
  '{"errcode":0,"errmsg":"ok"}',
  '{"errcode":-1}',
  '{"errcode":{"a":1},"errmsg":[]}',
  '{"code":0,"msg":"success"}',
  '{"ok":false,"error":"x"}',
  '{"status":1111,"punish":"deny"}',
  "<!DOCTYPE html><title>login</title>",
  '{"errmsg":"\\ud83d"',
];

/** Messages within the channel's limits that break what is put together by hand. */
function hostileMessages(channel: Channel): [string, Partial<Message>][] {
  const limits = typeof channel.limits === "function"
    ? channel.limits(channel.config.parse(channel.sample))
    : channel.limits;
  const bytes = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length;
  const fits = Object.entries(HOSTILE).filter(([, text]) => bytes(text) <= (limits?.bodyBytes ?? 100_000));
  return [
    ...fits.map(([name, text]): [string, Partial<Message>] => [name, full(text)]),
    ["plain", { ...full("plain"), plain: true }],
    ["over", { ...full("over"), status: "resolved", reason: "resolved" }],
    ["nobody and nothing", { alerts: [], links: [], recipients: [] }],
    ["a hundred alerts", {
      alerts: Array.from({ length: 100 }, () => alert({ links: [link("https://x.example.com/")] })),
    }],
  ];
}

/** A message whose every part is the text. */
function full(text: string): Partial<Message> {
  const title = Array.from(text.replace(/\s+/g, " ")).slice(0, 100).join("");
  const links = [
    link("https://prom.example.com/graph?a=%22%26&b=机#x", title),
    link("https://x.example.com/", "x"),
  ];
  const labels = { [text]: text, constructor: text };
  return {
    title,
    body: text,
    links,
    recipients: PEOPLE,
    alerts: [alert({ title, text, links, labels, annotations: labels })],
  };
}

/** Nobody answers, and nothing is remembered. */
function deafTools(): Tools {
  const cache: Cache = {
    get: () => Promise.resolve(undefined),
    set: (_key, value, { until }) => {
      assert.ok(until > NOW);
      assert.ok(
        new TextEncoder().encode(JSON.stringify(value)).length < 60_000,
        "a value of the cache takes 60,000 bytes",
      );
      return Promise.resolve();
    },
    delete: () => Promise.resolve(),
  };
  return {
    now: NOW,
    cache,
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch: () => Promise.reject(new Error("no answer")),
  };
}

interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The strings of a sample under fields that are marked as secret. */
function secretsOf({ properties = {} }: Schema, sample: Readonly<Record<string, unknown>>): string[] {
  const marked = Object.entries(sample).filter(([key]) => properties[key]?.secret === true);
  return marked.flatMap(([, value]) => typeof value === "object" ? Object.values(value as object) : [value]);
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutUndefined(part)]));
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}
