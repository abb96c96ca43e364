import { deepStrictEqual as equal, doesNotMatch, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  commonMarkdown,
  cutMarkup,
  plainFromMarkdown,
  webAddressOf,
} from "../../../relay/message/chat_markup.ts";

const TABLE: [markdown: string, plain: string, common: string][] = [
  ["## Title ##", "Title", "**Title**"],
  ["# **Bold** title", "Bold title", "**Bold title**"],
  ["# <@all> <x>", "<@all> <x>", "**＜@all> ＜x>**"],
  ["#no heading", "#no heading", "#no heading"],
  ["> quoted\n>> twice\n>", "quoted\ntwice", "quoted\ntwice"],
  ["a\n\n---\n\nb", "a\n\nb", "a\n\nb"],
  [
    "**a** and __b__ and *c* and _d_ and ~~e~~",
    "a and b and c and d and e",
    "**a** and __b__ and *c* and _d_ and ~~e~~",
  ],
  [
    "node_cpu_seconds 5 * 3 * 2, __init__.py",
    "node_cpu_seconds 5 * 3 * 2, init.py",
    "node_cpu_seconds 5 * 3 * 2, __init__.py",
  ],
  ["`a_b`", "a_b", "`a_b`"],
  ["* one\n+ two\n- three\n1. four", "- one\n- two\n- three\n1. four", "- one\n- two\n- three\n1. four"],
  ["see [a](https://x.example/)", "see a https://x.example/", "see [a](https://x.example/)"],
  [
    "[https://x.example/](https://x.example/)",
    "https://x.example/",
    "[https://x.example/](https://x.example/)",
  ],
  ['![pic](https://x.example/1.png "t")', "pic https://x.example/1.png", "[pic](https://x.example/1.png)"],
  [
    "[a](dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fx.example%2F)",
    "a https://x.example/",
    "[a](https://x.example/)",
  ],
  [
    "**see [a](https://x.example/)**, b",
    "see a https://x.example/ , b",
    "**see [a](https://x.example/)**, b",
  ],
  ["[a](javascript:alert(1))", "a", "a"],
  ["<https://x.example/>", "https://x.example/", "[https://x.example/](https://x.example/)"],
  ['<font color="red">a</font><br>b <@all> 1 < 2', "a\nb <@all> 1 < 2", "a\nb ＜@all> 1 ＜ 2"],
  ["| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n\n| 1 | 2 |", "| a | b |\n\n| 1 | 2 |"],
  ["```sh\n# rm *\n```\nend", "# rm *\nend", "＃ rm ＊\nend"],
  ["a  \nb", "a  \nb", "a  \nb"],
  ["<a href='https://x.example/'>a</a> b", "a https://x.example/ b", "[a](https://x.example/) b"],
  ["<a href=javascript:alert(1)>a</a>", "a", "a"],
  ["<text_tag color='red'>标签</text_tag>", "标签", "标签"],
];

for (const [markdown, plain, common] of TABLE) {
  Deno.test(`${JSON.stringify(markdown)} reads well without its marks, and in what every vendor shows`, () => {
    equal([plainFromMarkdown(markdown), commonMarkdown(markdown)], [plain, common]);
  });
}

Deno.test("DingTalk's own link leads to the address inside, and any other stays", () => {
  for (
    const [url, expected] of [
      [
        "dingtalk://dingtalkclient/page/link?url=http%3A%2F%2Fa.b%2F%3Fc%3D1%26d%3D2&pc_slide=false",
        "http://a.b/?c=1&d=2",
      ],
      [
        "dingtalk://dingtalkclient/page/link?url=javascript%3Ax",
        "dingtalk://dingtalkclient/page/link?url=javascript%3Ax",
      ],
      ["dingtalk://dingtalkclient/action/open", "dingtalk://dingtalkclient/action/open"],
      ["https://a.b/?url=x", "https://a.b/?url=x"],
      ["no link", "no link"],
    ] as const
  ) equal(webAddressOf(url), expected);
});

Deno.test("a markup that is cut leaves no half link and no open bold", () => {
  const text = "**head**\nsee [the panel](https://x.example/very/long) and **bold words** here";
  for (let bytes = 4; bytes < text.length; bytes++) {
    const cut = cutMarkup(text, { bytes });
    ok(new TextEncoder().encode(cut).length <= bytes);
    doesNotMatch(cut, /\[[^\]]*(\]\([^)]*)?…$/);
    equal(cut.split("**").length % 2, 1, cut);
  }
  equal(cutMarkup(text, { bytes: 1_000 }), text);
});

Deno.test("no text makes a conversion slow, or longer than a few times itself", () => {
  const piece = fc.constantFrom(
    "[",
    "](",
    ")",
    "![",
    "**",
    "_",
    "`",
    "<",
    ">",
    "#",
    " ",
    "\n",
    "|",
    "-",
    "a",
    "https://a.b/",
    "~~",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 3_000 }), (pieces) => {
      const text = pieces.join("");
      const started = performance.now();
      const sizes = [plainFromMarkdown(text).length, commonMarkdown(text).length];
      ok(performance.now() - started < 500, `${text.length} characters took too long`);
      ok(sizes.every((size) => size <= 4 * text.length + 100));
    }),
    { numRuns: 60 },
  );
  for (
    const hard of [
      "[".repeat(20_000),
      "[a](".repeat(5_000),
      "**a ".repeat(5_000),
      "_a".repeat(10_000),
      "<".repeat(20_000),
      "`".repeat(20_000),
      "> ".repeat(10_000),
      "- ".repeat(10_000),
      "![](".repeat(5_000) + ")",
    ]
  ) {
    const started = performance.now();
    plainFromMarkdown(hard);
    commonMarkdown(hard);
    ok(performance.now() - started < 1_000, hard.slice(0, 10));
  }
});
