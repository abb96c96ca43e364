import assert from "node:assert/strict";
import { secret, z } from "../../../relay/channel.ts";
import { secretsOf, stringsIn } from "../../../relay/config/secrets_of.ts";

Deno.test("the values of secret fields are found wherever they stand, and no others", () => {
  const mark = z.string().meta({ secret: true });
  const table: readonly (readonly [schema: z.ZodType, config: unknown, secrets: string[]])[] = [
    [z.object({ token: secret("T"), url: z.url() }), { token: "s1", url: "https://a/" }, ["s1"]],
    [z.object({ token: secret("T", { optional: true }) }), { token: "s1" }, ["s1"]],
    [z.object({ token: secret("T", { optional: true }) }), {}, []],
    [z.object({ token: z.string().meta({ secret: true }).optional() }), { token: "s1" }, ["s1"]],
    [z.object({ token: mark.default("s0") }), { token: "s1" }, ["s1"]],
    [z.object({ headers: z.record(z.string(), mark) }), { headers: { a: "s1", constructor: "s2" } }, [
      "s1",
      "s2",
    ]],
    [z.object({ keys: z.array(mark) }), { keys: ["s1", "s2", "s1", ""] }, ["s1", "s2"]],
    [z.object({ pair: z.tuple([z.string(), mark]) }), { pair: ["a", "s1"] }, ["s1"]],
    [z.object({ auth: z.union([mark, z.object({ password: mark, user: z.string() })]) }), {
      auth: { user: "u", password: "s1" },
    }, ["s1"]],
    [
      z.discriminatedUnion("by", [
        z.object({ by: z.literal("a"), key: mark }),
        z.object({ by: z.literal("b"), key: z.string() }),
      ]),
      { by: "a", key: "s1" },
      ["s1"],
    ],
    [z.object({ all: z.record(z.string(), z.unknown()).meta({ secret: true }) }), {
      all: { a: ["s1", { b: "s2" }], c: 3 },
    }, [
      "s1",
      "s2",
    ]],
    [z.object({ token: mark.transform((text) => text.trim()) }), { token: " s1" }, [" s1"]],
    [z.object({ token: mark }), { token: 5 }, []],
    [z.object({ token: mark }), null, []],
    [z.object({ token: mark }), "s1", []],
  ];
  for (const [schema, config, secrets] of table) assert.deepEqual(secretsOf(schema, config), secrets);
});

Deno.test("a schema that contains itself is followed as far as the config goes", () => {
  const node = z.object({
    key: z.string().meta({ secret: true }),
    get next(): z.ZodOptional<typeof node> {
      return node.optional();
    },
  });
  assert.deepEqual(secretsOf(node, { key: "s1", next: { key: "s2", next: { key: "s3" } } }), [
    "s1",
    "s2",
    "s3",
  ]);
});

Deno.test("every string of a value is found, but no empty one", () => {
  assert.deepEqual(stringsIn({ a: "x", b: ["y", { c: "z" }], d: 1, e: null, f: "" }), ["x", "y", "z"]);
});
