import assert from "node:assert/strict";
import fc from "fast-check";
import { COMMONMARK, HTML, type Markup } from "../../../relay/channel.ts";
import { EXACT } from "../../../relay/message/stand_ins.ts";
import { markupToHtml } from "../../../routes/console/vendor_markup.ts";

Deno.test("a message is shown with what the vendor's markup has, and no more", async () => {
  const commonmark = `**${EXACT.escape("a<b>")}** *c* \`d\` ${
    EXACT.link("e", "https://x.example/?a&b")
  }\n- f\n\n**g**`;
  assert.equal(
    await markupToHtml(commonmark, HTML),
    "<strong>a&#60;b&#62;</strong> <em>c</em> <code>d</code> " +
      '<a href="https://x.example/?a&#38;b" rel="noopener noreferrer nofollow">e</a><br>• f<br><br><strong>g</strong>',
  );
  const bare: Markup = { escape: (text) => text };
  assert.equal(
    await markupToHtml(commonmark, bare),
    "a&#60;b&#62; c d e (https://x.example/?a&#38;b)<br>• f<br><br>g",
  );
});

Deno.test("no value becomes HTML of the page", async () => {
  const piece = fc.constantFrom(
    "<",
    ">",
    "&",
    '"',
    "'",
    "<script>",
    "](",
    "javascript:",
    "**",
    "`",
    "a",
    "\n",
  );
  const hostile = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
  await fc.assert(fc.asyncProperty(hostile, hostile, async (a, b) => {
    for (const markup of [COMMONMARK, HTML]) {
      const html = await markupToHtml(
        `**${EXACT.escape(a)}** ${EXACT.link(b, `https://x.example/${a}`)}`,
        markup,
      );
      const rest = html.replace(
        /<\/?(?:strong|em|code|br)>|<a href="https:[^"<>]*" rel="[^"<>]*">|<\/a>/g,
        "",
      );
      assert.doesNotMatch(rest, /[<>"]/, html);
    }
  }));
});
