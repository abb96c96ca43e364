import { deepStrictEqual as equal } from "node:assert/strict";
import { parseBody, unwrapNested } from "../../../routes/dialects/any_json.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

Deno.test("JSON in strings is read, up to a sum of characters beyond which it stays text", async () => {
  const long = JSON.stringify(["x".repeat(600_000)]);
  const { a, b, c } = unwrapNested(await parseBody(bytes({ a: long, b: long, c: "[1]" }), "")) as Record<
    string,
    unknown
  >;
  equal([Array.isArray(a), b === long, c], [true, true, [1]]);
});

Deno.test("a body alone keeps its strings", async () => {
  equal(await parseBody(bytes({ message: '{"a":1}' }), "application/json"), { message: '{"a":1}' });
});
