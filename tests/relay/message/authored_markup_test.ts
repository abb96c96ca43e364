import assert from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { COMMONMARK, HTML, type Markup, type Message } from "../../../relay/channel.ts";
import * as printer from "../../../relay/message/markup_printer.ts";
import { render } from "../../../relay/message/render.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

function write(markup: Markup, own: Partial<Alert>, utf16 = 4_000): Message {
  const authored = alert({ verbatim: true, statusAssumed: true, dialect: "dingtalk", ...own });
  return render([entry(authored)], {
    now: 0,
    group: group({ members: [{ id: "li.lei", name: "李_雷", dingtalk: "user1" }] }),
    form: "markdown",
    markupFormat: { markup, printer },
    limits: { body: { utf16 } },
    templates,
    rewrite: (url) => url,
    messageId: () => "m",
  }).message;
}

const MARKDOWN: Partial<Alert> = {
  title: "发布",
  text:
    "# v1.2 <beta>\n**done** by _ops_: node_cpu, 1 < 2 & `x`\n- [log](https://x.example/?a=(1)&b=2)\n```\nrm *\n```",
  authored: { markup: "dingtalk", form: "markdown", mentions: { mobiles: [], users: ["user1"], all: false } },
};

Deno.test("what a person wrote for another chat keeps its markup, and each sign of it", () => {
  assert.equal(
    write(HTML, MARKDOWN).body,
    [
      "<b>v1.2 &lt;beta&gt;</b>",
      "<b>done</b> by <i>ops</i>: node_cpu, 1 &lt; 2 &amp; <code>x</code>",
      '• <a href="https://x.example/?a=(1)&amp;b=2">log</a>',
      "rm *",
      "@李_雷",
    ].join("\n"),
  );
  assert.match(write(COMMONMARK, MARKDOWN).body, /^\*\*v1\.2 \\<beta\\>\*\* {2}\n/);
});

Deno.test("a link card keeps its title and its text", () => {
  const link: Partial<Alert> = {
    title: "Build *#7*",
    text: "a < b\n[c](d)",
    links: [{ kind: "source", url: "https://ci.example.com/7", title: "Open" }],
    authored: { markup: "dingtalk", form: "link" },
  };
  assert.equal(
    write(HTML, link).body,
    '<b>Build *#7*</b>\na &lt; b\n[c](d)\n<a href="https://ci.example.com/7">Open</a>',
  );
});

Deno.test("a text that is cut leaves no half of a tag or an escape", () => {
  const text = "**bold** <&> [words](https://x.example/) `code` ".repeat(200);
  for (const utf16 of [60, 61, 62, 63, 64, 65, 200, 999]) {
    const { body } = write(HTML, { ...MARKDOWN, text }, utf16);
    assert.ok(body.length <= utf16, body);
    const rest = body.replace(/<\/?(?:b|i|code)>|<a href="[^"<>]*">|<\/a>/g, "");
    assert.doesNotMatch(rest, /<|>|&(?!(?:amp|lt|gt|quot);)/, body);
    for (const tag of ["b", "code", "a"]) {
      assert.equal(body.split(`<${tag}`).length, body.split(`</${tag}>`).length, body);
    }
  }
});

Deno.test("a channel finds the markdown of an alert as CommonMark, whatever its own markup is", () => {
  const { alerts: [one] } = write(HTML, MARKDOWN);
  assert.ok(one!.markdown!.isWellFormed());
  assert.match(one!.markdown!, /\*\*v1\.2 \\<beta\\>\*\*/);
});
