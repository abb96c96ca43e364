import assert from "node:assert/strict";
import fc from "fast-check";
import { Marked, type Token } from "marked";
import { escapeMarkdown, markdownLink } from "../../../relay/message/markdown.ts";

/** An independent reader of markdown. A bare address is not markup: it shows its own target. */
const judge = new Marked({ gfm: true, tokenizer: { url: () => undefined } });

/** The kinds of all elements of a text, except those of plain paragraphs. */
function markup(markdown: string): string[] {
  const kinds: string[] = [];
  judge.walkTokens(judge.lexer(markdown), (token: Token) => void kinds.push(token.type));
  return kinds.filter((kind) => !["paragraph", "text", "space", "br"].includes(kind));
}

/** Pieces of which markup is made, and some that are none. */
const piece = fc.constantFrom(
  ..."* _ ` ~ # > - + = | [ ] ( ) ! < > & ; : \\ . 1 x a 烽".split(" "),
  ...[
    "**",
    "__",
    "```",
    "~~~",
    "---",
    "](",
    "![",
    "]:",
    "[x]",
    "1.",
    "2)",
    "&lt;",
    "<b>",
    "<font color=red>",
    "<!--",
  ],
  ...[" ", "  ", "    ", "\t", "\n", "\n\n", "\r", "\r\n", "http://a.b/c", "a_b", "'", '"'],
);
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "grapheme" }),
);

Deno.test("the judge sees the markup of a text that is not escaped", () => {
  const cases: [markdown: string, kind: string][] = [
    ["[words](http://evil.example)", "link"],
    ["![picture](http://evil.example/a.png)", "image"],
    ["**bold**", "strong"],
    ["_italic_", "em"],
    ["`code`", "codespan"],
    ["~~gone~~", "del"],
    ["# heading", "heading"],
    ["words\n===", "heading"],
    ["> quote", "blockquote"],
    ["- item", "list"],
    ["1. item", "list"],
    ["---", "hr"],
    ["    code", "code"],
    ["```\ncode\n```", "code"],
    ["<font color=red>words</font>", "html"],
    ["<http://evil.example>", "link"],
    ["| a |\n|---|\n| b |", "table"],
    ["[::1]: 9100", "def"],
    ["a\\.b", "escape"],
  ];
  for (const [markdown, kind] of cases) {
    assert.ok(markup(markdown).includes(kind), `${markdown} is a ${kind}`);
    assert.deepEqual(markup(escapeMarkdown(markdown)), [], `${markdown} is none any more`);
  }
});

Deno.test("no value becomes markup: alone, in a list, in bold, or beside another", () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      const [first, second] = [escapeMarkdown(a), escapeMarkdown(b)];
      assert.deepEqual(markup(first), [], "alone");
      assert.deepEqual(markup(first.replace(/\n+/g, "\n\n")), [], "with its lines as paragraphs");
      const [one, two] = [first, second].map((text) => text.replace(/\s+/g, " ").trim());
      assert.deepEqual(markup(`x ${one}, ${two} x`).filter((kind) => kind !== "del"), [], "beside another");
      const list = markup(`- x ${one}\n- x ${two}`);
      assert.deepEqual(list, ["list", "list_item", "list_item"], "in a list");
      if (one !== "") assert.deepEqual(markup(`**x ${one}**`), ["strong"], "in bold");
    }),
    { numRuns: 5000 },
  );
});

Deno.test("an escaped value shows as what it was, its look-alikes aside", () => {
  fc.assert(fc.property(hostile, (value) => {
    const escaped = escapeMarkdown(value);
    let shown = "";
    judge.walkTokens(judge.lexer(escaped), (token: Token) => {
      if (token.type === "text" && !("tokens" in token && token.tokens)) shown += token.raw;
    });
    const words = (text: string): string => text.replace(/\s+/g, "");
    assert.equal(words(shown), words(escaped), "nothing is swallowed");
    assert.equal(
      words(escaped.normalize("NFKC")),
      words(value.normalize("NFKC")),
      "nothing is changed but the width",
    );
  }));
});

Deno.test("what people copy stays as it is", () => {
  const values = [
    "node_cpu_seconds_total",
    "a__b",
    "/var/log/app-1.log",
    "~/data",
    "C:\\data\\db",
    "10.0.3.7:9100",
    "http://[::1]:9100/metrics",
    "https://grafana.example.com/d/abc?from=now-1h&to=now",
    "rate(http_requests_total[5m]) > 0.9 and up == 0",
    'team=~"ops"',
    "a -> b, 3 - 2, 1.5 + 2, C#, 50% & more!",
    "-5 °C",
    "#".padStart(2, "C"),
    "烽火 [1/3] 完成",
    "user@example.com",
  ];
  for (const value of values) assert.equal(escapeMarkdown(value), value);
});

Deno.test("only the characters that would be active are replaced", () => {
  const cases: [value: string, escaped: string][] = [
    ["*.example.com", "＊.example.com"],
    ["_total and total_", "＿total and total＿"],
    ["__name__", "＿＿name＿＿"],
    ["cpu < 5 `x`", "cpu ＜ 5 ｀x｀"],
    ["[a](b)", "［a］(b)"],
    ["see [a](b)", "see [a］(b)"],
    ["[::1]:9100 down", "［::1]:9100 down"],
    ["[x] done", "［x] done"],
    ["&lt;b&gt;", "＆lt;b＆gt;"],
    ["db\\..* \\", "db＼..＊ ＼"],
    ["# a\n> b\n- c\n+ d\n1. e\n2) f", "＃ a\n＞ b\n－ c\n＋ d\n1． e\n2） f"],
    ["a\n===\nb\n---", "a\n＝＝＝\nb\n－－－"],
    ["~~a~~", "～～a～～"],
    ["at a()\n    at b()", "at a()\n\u00a0\u00a0\u00a0\u00a0at b()"],
  ];
  for (const [value, escaped] of cases) assert.equal(escapeMarkdown(value), escaped, value);
});

Deno.test("a link's title and address cannot end it early", () => {
  const cases: [title: string, url: string, link: string][] = [
    ["来源", "https://a.example/x?q=1", "[来源](https://a.example/x?q=1)"],
    ["a](http://evil.example)[b", "https://a.example/", "[a］(http://evil.example)［b](https://a.example/)"],
    ["Graph", "https://a.example/rate(x) y'\"<>", "[Graph](https://a.example/rate%28x%29%20y%27%22%3C%3E)"],
    ["two\nlines", "mailto:ops@example.com", "[two lines](mailto:ops@example.com)"],
    ["", "https://a.example/", "[https://a.example/](https://a.example/)"],
    ["**x**", "javascript:alert(1)", "＊＊x＊＊"],
    ["data", "data:text/html,<script>", "data"],
    ["nothing", "not a url", "nothing"],
    ["v6", "http://[::1]:9100/", "[v6](http://[::1]:9100/)"],
  ];
  for (const [title, url, link] of cases) assert.equal(markdownLink(title, url), link);
});

Deno.test("a link is one link to the same address, whatever its parts hold", () => {
  const path = fc.string({ unit: fc.constantFrom(..."()<>[]\"'`\\ *_~!#?&=a烽") });
  fc.assert(fc.property(hostile, path, path, (title, path, hash) => {
    const url = `https://a.example/${path}#${hash}`;
    const links: string[] = [];
    judge.walkTokens(judge.lexer(`x ${markdownLink(title, url)} x`), (token: Token) => {
      if (token.type === "link") links.push(token.href);
      else assert.ok(["paragraph", "text"].includes(token.type), token.type);
    });
    assert.equal(links.length, 1);
    assert.equal(decodeURIComponent(links[0]!), decodeURIComponent(URL.parse(url)!.href));
  }));
});
