import assert from "node:assert/strict";
import { withoutTitle } from "../../../relay/message/without_title.ts";

Deno.test("a body without its title loses the title and nothing else", () => {
  const title = "🔴checkout *Kube* [x](y)";
  const table: [why: string, body: string, rest: string][] = [
    ["markdown with look-alikes", "**🔴checkout ＊Kube＊ [x］(y)** · 严重\n\nprod", "严重\n\nprod"],
    ["text", `${title} · 严重\nprod`, "严重\nprod"],
    ["a title on a line of its own", `${title}\n严重`, "严重"],
    ["another bold line", "**Other** · 严重", "**Other** · 严重"],
    ["bold words that go on", `**${title}**s`, `**${title}**s`],
    ["a sentence that begins like the title", `${title} is down`, `${title} is down`],
    ["nothing would be left", `**${title}**`, `**${title}**`],
    ["no title", "text", "text"],
  ];
  for (const [why, body, rest] of table) assert.equal(withoutTitle(body, title), rest, why);
});
