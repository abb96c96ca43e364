import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z as mini } from "zod/mini";
import { BUILT_IN } from "../../../channels.ts";
import { type Channel, defineChannel, secret, z } from "../../../relay/channel.ts";
import { pluginNames } from "../../../relay/channel/discovery.ts";
import { examine } from "../../../relay/channel/examine.ts";

const text = (title: string): z.ZodString => z.string().meta({ title });
const token = { token: secret("Token") };

/** A channel without a finding, with parts of it replaced. */
function channel(own: Record<string, unknown>): Channel {
  const usual = {
    name: "mine",
    title: "Mine",
    config: z.object({ url: z.url().meta({ title: "Address" }), ...token }),
    request: () => ({ url: "https://example.com/" }),
    sample: { url: "https://example.com/", token: "A0/+=&%23 cd" },
  };
  return defineChannel({ ...usual, ...own } as Channel);
}

const of = (shape: z.ZodRawShape, sample: unknown = {}): Record<string, unknown> => ({
  config: z.object(shape),
  sample,
});

/** The planted fault → the whole finding. */
const FINDINGS: readonly [about: string, own: Record<string, unknown>, finding: RegExp][] = [
  [
    "a sample that the schema refuses",
    of({ name: text("Name") }, { name: 5 }),
    /^fault: the sample is not a valid config: name: Invalid input.*string.*: correct the sample/,
  ],
  [
    "an asynchronous schema",
    { config: z.object({}).refine(() => Promise.resolve(true)), sample: {} },
    /^fault: the config's schema is asynchronous: make the schema synchronous/,
  ],
  [
    "a schema that throws",
    of({
      name: text("Name").refine(() => {
        throw new Error("boom");
      }),
    }, { name: "x" }),
    /^fault: the schema throws on the sample: boom: /,
  ],
  [
    "a config that is not an object",
    { config: z.string(), sample: "x" },
    /^fault: the config is not an object: use/,
  ],
  [
    "another zod",
    { config: mini.object({ token: mini.string() }), sample: { token: "x" } },
    /^fault: the config's schema was made by another copy of zod: import z from "fenghuo\/channel"/,
  ],
  [
    "another zod deep inside",
    of({
      servers: z.array(z.object({ key: z.optional(mini.string() as never) })).meta({ title: "Servers" }),
    }),
    /^fault: the schema of the config's servers\.key was made by another copy of zod: /,
  ],
  [
    "limits that are NaN",
    { limits: () => ({ bodyBytes: NaN }) },
    /^fault: what the function limits returns is wrong: limits\.bodyBytes: must be a number above 0: it must return/,
  ],
  [
    "limits in an unknown unit",
    { limits: () => ({ rates: [{ messages: 1, per: "week" }] }) },
    /^fault: .*limits\.rates\.0\.per: must be/,
  ],
  [
    "limits that throw",
    { limits: ({ servers }: { servers: string[] }) => ({ bodyBytes: servers.length }) },
    /^fault: the function limits throws: Cannot read properties of undefined \(reading 'length'\): it must/,
  ],
  [
    "an asynchronous lane",
    { lane: () => Promise.reject(new Error("never seen")) },
    /^fault: what the function lane returns is wrong: lane: must be a text: /,
  ],
  ["a form of no kind", { form: () => "pdf" }, /^fault: .*form: must be one of text, markdown, html: /],
  ["a repeat below 0", { repeat: () => -1 }, /^fault: .*repeat: must be a number, 0 or more: /],
  [
    "a field without a title",
    of({ room: z.string().optional() }),
    /^warning: the field room has no title: add \.meta\(\{ title \}\)/,
  ],
  [
    "a credential that is not marked",
    of({ accessToken: text("Access") }, { accessToken: "x" }),
    /^warning: the field accessToken looks like a credential but is not marked as a secret: make it with secret\(title\)/,
  ],
  [
    "a credential by its title, inside a list",
    of({
      apps: z.array(z.object({ value: text("API key").optional().meta({ title: "API key" }) })).meta({
        title: "Apps",
      }),
    }, {
      apps: [],
    }),
    /^warning: the field apps\.value looks like a credential/,
  ],
  [
    "an address that is a credential, and not marked",
    {
      address: [{ name: "beeper", title: "Beeper device key" }, {
        name: "pager",
        title: "User key",
        secret: true,
      }],
    },
    /^warning: the address beeper looks like a credential but is not marked as a secret: add secret: true/,
  ],
  [
    "rates of nobody",
    { limits: { rates: [{ messages: 20, per: 60_000 }] } },
    /^warning: it has rates and no lane, so each config gets all of them: let lane name/,
  ],
  [
    "limits of a request that is never made",
    { request: undefined, send: () => {}, limits: { request: { bytes: 5 } } },
    /^warning: limits\.request has no effect on a channel with send: use request/,
  ],
];

for (const [about, own, finding] of FINDINGS) {
  Deno.test(`${about} is found, with its cure`, () => {
    const [first, ...others] = examine(channel(own)).map(({ level, problem, cure }) =>
      `${level}: ${problem}: ${cure}`
    );
    match(first ?? "nothing was found", finding);
    equal(others, []);
  });
}

Deno.test("what is right is not complained of", () => {
  const quiet = [
    {},
    of({ token_id: text("Token ID"), key_path: text("Path"), tokens: text("Tokens of a minute") }, {
      token_id: "x",
      key_path: "x",
      tokens: "x",
    }),
    of({ auth: z.union([z.object({ user: text("User"), ...token }), z.null()]).meta({ title: "Login" }) }, {
      auth: null,
    }),
    of({ token: z.array(z.string()).meta({ title: "Tokens", secret: true }) }, { token: ["x"] }),
    of({ secret: z.boolean().meta({ title: "Secret" }), key: z.enum(["token"]).meta({ title: "Token" }) }, {
      secret: true,
      key: "token",
    }),
    of({ tree: z.lazy((): z.ZodType => z.object({ inner: text("Inner") })).meta({ title: "Tree" }) }, {
      tree: { inner: "x" },
    }),
    of({ since: z.iso.date().transform(String).pipe(z.coerce.string()).meta({ title: "Since" }) }, {
      since: "2026-01-01",
    }),
    { limits: () => ({}), lane: () => "x", form: () => "text", markdown: () => undefined, repeat: () => 0 },
  ];
  for (const own of quiet) equal(examine(channel(own)), []);
});

Deno.test("the channels of this repository have no finding", async () => {
  for (const name of pluginNames(BUILT_IN.url)) {
    const { default: own } = await BUILT_IN.load(name);
    equal([name, examine(own as Channel)], [name, []]);
  }
});
