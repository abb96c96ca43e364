import assert from "node:assert/strict";
import { parse } from "@rocket.chat/message-parser";
import fc from "fast-check";
import rocketchat from "../../channels/rocketchat.ts";
import type { Markup, Message } from "../../relay/channel.ts";
import { testFixtures } from "./_fixtures.ts";
import { message } from "./_message.ts";
import { requestOf } from "./_send.ts";

const markup = rocketchat.form as Markup;

testFixtures(rocketchat);

async function textOf(own: Partial<Message>, config: object = {}): Promise<unknown> {
  const { json } = await requestOf(
    rocketchat,
    { url: "https://chat.example.com/hooks/1/x", ...config },
    message(own),
  );
  return (json as { text: string }).text;
}

/** The visible text, and the types of its parts, without those of plain text. */
function seen(text: string): { text: string; markup: string[] } {
  const types = new Set<string>();
  const words = (node: unknown): string => {
    if (typeof node === "string") return node;
    if (Array.isArray(node)) return node.map(words).join("");
    if (typeof node !== "object" || node === null) return "";
    const { type, value, unicode, shortCode, fallback } = node as Record<string, unknown>;
    if (typeof type === "string" && !["PARAGRAPH", "PLAIN_TEXT", "LINE_BREAK", "EMOJI"].includes(type)) {
      types.add(type);
    }
    if (type === "EMOJI") return typeof unicode === "string" ? unicode : words(value ?? `:${shortCode}:`);
    if (type === "LINK") return words((value as { label: unknown }).label);
    return words(fallback ?? value);
  };
  const blocks = parse(text).map(words);
  return { text: blocks.join("\n").replaceAll("\u2060", ""), markup: [...types] };
}

Deno.test("a message is its text, with its actions as links, and those whom it calls", async () => {
  const actions = { open: "https://fenghuo.example.com/1" };
  const recipients = [{ id: "a", rocketchat: "li.lei" }, { id: "b" }];
  const text = await textOf({ body: "*97 %*", actions, recipients }, { mention: "members" });
  assert.equal(text, "*97 %*\n[查看](https://fenghuo.example.com/1)\n@li.lei");
  assert.equal(await textOf({ body: "b" }, { mention: "all" }), "b\n@all");
  assert.equal(await textOf({ body: "b", status: "resolved", recipients }, { mention: "all" }), "b");
});

const piece = fc.constantFrom(
  ..."* _ ~ ` # > - + | || [ ] ( ) [x] [ ](http://e.example) [l](http://e.example) < <http://e.example|y> <t:1708551317> @ @all #room : :fire: a b_c 1. 2 \\ $ ! ![a](b) ``` \n 磁盘 node-3 10:43:00 ://"
    .split(" "),
);
const line = fc.array(piece, { minLength: 1, maxLength: 8 }).chain((pieces) =>
  fc.constantFrom(pieces.join(" "), pieces.join(""))
);

Deno.test("whatever a value is, Rocket.Chat's own parser shows it as it is, and finds no markup in it", () => {
  fc.assert(
    fc.property(line, (value) => {
      const { text, markup: found } = seen(markup.escape(value));
      assert.deepEqual(found.filter((type) => type !== "LINK"), [], value);
      assert.equal(text.replace(/\s+/g, " ").trim(), value.replace(/\s+/g, " ").trim());
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("bold, links and lists are markup", () => {
  const { bold, link, bullet, escape } = markup as Required<Markup>;
  assert.deepEqual(seen(bold(escape("node-3 DiskFull"))), { text: "node-3 DiskFull", markup: ["BOLD"] });
  assert.deepEqual(seen(bold(escape("node_3"))), { text: "node_3", markup: ["BOLD"] });
  assert.deepEqual(seen(bold(escape("a*b"))), { text: "a*b", markup: [] });
  assert.deepEqual(seen(link("words", "https://e.example/(a b)")), { text: "words", markup: ["LINK"] });
  assert.deepEqual(seen(bullet(escape("- a"))).text.trim(), "- a");
});
