import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { redact, showUrl } from "../../../relay/delivery/redact.ts";

const SECRET = 'S+/=&%23 "c\\d汉';

const SPELLINGS: [string, string][] = [
  ["raw", SECRET],
  ["as a path", encodeURIComponent(SECRET)],
  ["as a query", new URLSearchParams({ "": SECRET }).toString().slice(1)],
  ["in lower-case hex", encodeURIComponent(SECRET).replace(/%../g, (hex) => hex.toLowerCase())],
  ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
  ["as the URL parser writes it", new URL(`http://x/?a=${encodeURIComponent(SECRET)}`).search.slice(3)],
];

for (const [name, spelling] of SPELLINGS) {
  Deno.test(`a secret ${name} is hidden`, () => {
    equal(redact(`before ${spelling} after`, [SECRET]), "before *** after");
  });
}

Deno.test("no secret survives, whatever it is made of", () => {
  fc.assert(fc.property(fc.string({ minLength: 4, unit: "binary" }), fc.string(), (secret, around) => {
    for (
      const text of [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]
    ) {
      if (around.includes(text) || "***".includes(text)) continue;
      ok(!redact(`${around}${text}${around}`, [secret]).includes(text));
    }
  }));
});

Deno.test("a short secret hides the whole text rather than a part of every word", () => {
  equal(redact("a cab", ["a"]), "***");
  equal(redact("nothing here", ["x"]), "nothing here");
  equal(redact("text", [""]), "text");
});

Deno.test("an address is shown without user, query and secrets; one that is a secret only by its host", () => {
  equal(showUrl("https://u:p@h.example.com:8443/a/b?c=d#e", []), "https://h.example.com:8443/a/b");
  equal(showUrl("https://h.example.com/bot/tok%2Ben/x", ["tok+en"]), "https://h.example.com/bot/***/x");
  equal(
    showUrl("https://h.example.com/hook/abc", ["https://h.example.com/hook/abc"]),
    "https://h.example.com/***",
  );
  equal(showUrl("no address", []), "***");
});
