import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { concealJson, redact, showUrl } from "../../../relay/redaction/redact.ts";

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

/** A web server's escaping of a text. */
function html(text: string): string {
  return text.replace(/[&<>"'+/=%]/g, (char) => `&#x${char.charCodeAt(0).toString(16)};`);
}

const TOKEN = "A0/+=&%23 cd-xYz_987654321";
const ADDRESS = "https://ops:p%40ss%2Bword@hooks.example.com/services/T00AA11BB/alerts?key=q1w2e3r4&x=1";

const TOLD: [string, string, string][] = [
  ["for HTML", TOKEN, html(TOKEN)],
  [
    "for HTML by names",
    TOKEN,
    TOKEN.replaceAll("&", "&amp;").replaceAll("/", "&sol;").replaceAll("+", "&plus;"),
  ],
  ["for JSON by numbers", TOKEN, TOKEN.replace(/[^a-z]/gi, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)],
  ["for JSON by careful libraries", TOKEN, TOKEN.replaceAll("/", "\\/")],
  ["for an address twice", TOKEN, encodeURIComponent(encodeURIComponent(TOKEN))],
  [
    "for HTML around JSON around an address",
    TOKEN,
    html(JSON.stringify(encodeURIComponent(TOKEN)).slice(1, -1)),
  ],
  ["with its white space collapsed", TOKEN, TOKEN.replaceAll(" ", "")],
  ["with its plus read as a space", TOKEN, TOKEN.replaceAll("+", " ")],
  ["in capitals", TOKEN, TOKEN.toUpperCase()],
  ["broken up by invisible characters", TOKEN, [...TOKEN].join("\u200b")],
  ["without its end", TOKEN, TOKEN.slice(0, 18)],
  ["without its beginning", TOKEN, TOKEN.slice(-16)],
  ["in base64", TOKEN, btoa(TOKEN)],
  ["in base64url", TOKEN, btoa(TOKEN).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")],
  ["in the middle of base64", TOKEN, btoa(`\0user\0${TOKEN}`)],
  ["in hex", TOKEN, new TextEncoder().encode(TOKEN).toHex()],
  ["in base64 of an address", TOKEN, btoa(encodeURIComponent(TOKEN))],
  ["in base64 of a form", TOKEN, btoa(new URLSearchParams({ "": TOKEN }).toString().slice(1))],
  ["in hex of an address", TOKEN, new TextEncoder().encode(encodeURIComponent(TOKEN)).toHex()],
  ["in base64 of JSON", `"${TOKEN}"`, btoa(JSON.stringify(`"${TOKEN}"`).slice(1, -1))],
  ["of a header without its scheme", `Bearer ${TOKEN.replaceAll(" ", "")}`, TOKEN.replaceAll(" ", "")],
  ["of Basic as what it is made of", `Basic ${btoa("ops:hunter22")}`, "hunter22"],
  ["of an address: user", ADDRESS.replace("ops:", "operator:"), "operator"],
  ["of an address: password", ADDRESS, "p@ss+word"],
  ["of an address: Basic", ADDRESS, btoa("ops:p@ss+word")],
  ["of an address: path", ADDRESS, "/services/T00AA11BB/alerts"],
  ["of an address: path, escaped for JSON", ADDRESS, "\\/services\\/T00AA11BB\\/alerts"],
  ["of an address: a long segment", ADDRESS, "T00AA11BB"],
  ["of an address: a value of the query", ADDRESS, "q1w2e3r4"],
];

for (const [name, secret, told] of TOLD) {
  Deno.test(`what a vendor tells of a secret is hidden ${name}`, () => {
    const shown = redact(`Cannot POST ${told} today`, [secret]);
    // A character of base64 that also depends on the text next to the secret may remain.
    match(shown, /^Cannot POST (AHVzZXIA)?\*\*\*[a-z0-9]?=* today$/i);
  });
}

Deno.test("words that are no secret stay as they are, escapes and all", () => {
  const words =
    '{"errcode":310000,"errmsg":"sign not match &amp; more at https:\\/\\/hooks.example.com\\/help %E4%B8%AD"}';
  equal(redact(words, [TOKEN, ADDRESS]), words);
});

Deno.test("what a program reads is concealed text by text, and stays JSON", () => {
  equal(
    concealJson({ errcode: 0, errmsg: `no ${TOKEN}`, list: [html(TOKEN), null, 3] }, [TOKEN, "0"]),
    { errcode: 0, errmsg: "no ***", list: ["***", null, 3] },
  );
});
