import { deepStrictEqual as equal, doesNotMatch, ok } from "node:assert/strict";
import fc from "fast-check";
import { concealPayload } from "../../../relay/redaction/conceal_payload.ts";

const SHOWN: [what: string, payload: string, shown: string][] = [
  ["a field", '{"password": "p", "title": "T"}', '{"password": "***", "title": "T"}'],
  ["a field with a quote", '{"token":"a\\"b","title":"T"}', '{"token":"***","title":"T"}'],
  ["a field that ends with a backslash", '{"token":"a\\\\","title":"T"}', '{"token":"***","title":"T"}'],
  ["a field that is cut off", '{"title":"T","client_secret": "abc d', '{"title":"T","client_secret": "***'],
  [
    "JSON inside a string",
    '{"Message":"{\\"routing_key\\":\\"a\\\\\\"b\\",\\"title\\":\\"T\\"}"}',
    '{"Message":"{\\"routing_key\\":\\"***\\",\\"title\\":\\"T\\"}"}',
  ],
  ["a form", "access_token=abc&title=T&user[password]=p", "access_token=***&title=T&user[password]=***"],
  [
    "an address",
    '{"url":"https://u:p@a.example/x?key=1&sign=2&access_token=3#a"}',
    '{"url":"https://***@a.example/x?key=1&sign=***&access_token=***"}',
  ],
  ["a header", '{"headers":["Authorization: Bearer abcdefgh"]}', '{"headers":["Authorization: Bearer ***"]}'],
  ["names in other spellings", '{"deviceKey":"a","X-Api-Key":"b"}', '{"deviceKey":"***","X-Api-Key":"***"}'],
  ["a known secret anywhere", "the S3CRET+/= of S3CRET%2B%2F%3D", "the *** of ***"],
];

for (const [what, payload, shown] of SHOWN) {
  Deno.test(`${what} in a payload is shown without its secret`, () => {
    equal(concealPayload(payload, ["S3CRET+/="]), shown);
  });
}

Deno.test("words that are no secrets stay", () => {
  const payload = '{"assign":"me","design":"d","monkey":"m","tokens_used":"5","key":"disk","signal":"9"}';
  equal(concealPayload(payload, []), payload);
});

Deno.test("no text of a secret field is left, whatever is in it, and what is beside it stays", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', "\\", "a", "é", "&", "=", "\n") }),
      fc.nat(3),
      (tail, levels) => {
        let payload = JSON.stringify({ title: "BESIDE", api_token: `S3CRET${tail}`, text: "BEHIND" });
        for (let level = 0; level < levels; level++) payload = JSON.stringify({ inner: payload });
        const shown = concealPayload(payload, []);
        doesNotMatch(shown, /S3CRET/);
        ok(shown.includes("BESIDE") && shown.includes("BEHIND"), shown);
        let inner = JSON.parse(shown);
        while (inner.inner !== undefined) inner = JSON.parse(inner.inner);
        equal(inner, { title: "BESIDE", api_token: "***", text: "BEHIND" });
      },
    ),
  );
});

Deno.test("hostile payloads take no time", () => {
  for (const part of ["\\", '"', '"token', "a_", "token", '\\"', "x://", "a=", '"token":"\\']) {
    const started = performance.now();
    concealPayload(part.repeat(8_192 / part.length), ["S3CRET"]);
    ok(performance.now() - started < 100, `${part}: ${performance.now() - started} ms`);
  }
});
