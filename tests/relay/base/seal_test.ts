import { deepStrictEqual as equal, doesNotMatch, match, notEqual } from "node:assert/strict";
import fc from "fast-check";
import { seal, unseal } from "../../../relay/base/seal.ts";

const HERE = { key: "the key", place: "adhoc/1" };

Deno.test("what is sealed opens again, whatever it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), fc.string(), async (text, key) => {
      const options = { key, place: "p" };
      equal(await unseal(await seal(text, options), options), text.toWellFormed());
    }),
    { numRuns: 50 },
  );
});

Deno.test("a sealed text shows nothing, and is never the same twice", async () => {
  const text = "access_token=S3CRET";
  const [a, b] = [await seal(text, HERE), await seal(text, HERE)];
  notEqual(a, b);
  match(a, /^v1\.[A-Za-z0-9+/]+=*$/);
  doesNotMatch(atob(a.slice(3)), /S3CRET/);
});

const CLOSED: [what: string, change: (sealed: string) => string, options: typeof HERE][] = [
  ["another key", (sealed) => sealed, { ...HERE, key: "another" }],
  ["another place", (sealed) => sealed, { ...HERE, place: "adhoc/2" }],
  ["another version", (sealed) => sealed.replace("v1", "v2"), HERE],
  [
    "a changed letter",
    (sealed) => sealed.slice(0, 20) + (sealed[20] === "A" ? "B" : "A") + sealed.slice(21),
    HERE,
  ],
  ["a missing end", (sealed) => sealed.slice(0, -8), HERE],
  ["no base64", () => "v1.%%%", HERE],
  ["nothing", () => "", HERE],
  ["too little", () => "v1.AAAA", HERE],
];

for (const [what, change, options] of CLOSED) {
  Deno.test(`a sealed text stays closed with ${what}`, async () => {
    equal(await unseal(change(await seal("secret", HERE)), options), undefined);
  });
}
