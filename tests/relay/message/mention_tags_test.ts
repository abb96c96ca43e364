import { deepStrictEqual as equal } from "node:assert/strict";
import { withoutMentionTags } from "../../../relay/message/mention_tags.ts";

const NAMES: Readonly<Record<string, string>> = { LiLei: "李雷", ou_1: "李雷", all: "所有人" };

const TABLE: [text: string, shown: string][] = [
  ["<@LiLei> and <@wang.qing>", "@李雷 and @wang.qing"],
  ['<at user_id="ou_1">Name</at>, <at user_id="ou_2">Tom</at>', "@李雷, @Tom"],
  ["<at id=all></at><at email=a@b.example></at>", "@所有人@a@b.example"],
  ["<at id='ou_3'></at>", "@ou_3"],
  ["<at>x</at> <@> <@a b> a < b", "<at>x</at> <@> <@a b> a < b"],
  ['<at user_id="ou_1">open', '<at user_id="ou_1">open'],
];

for (const [text, shown] of TABLE) {
  Deno.test(`${text} mentions people by their names: ${shown}`, () => {
    equal(withoutMentionTags(text, (handle) => NAMES[handle]), shown);
  });
}

Deno.test("many tags that begin and never end cost no time", () => {
  const started = performance.now();
  withoutMentionTags("<at user_id=".repeat(2_000) + "<at ".repeat(5_000), () => undefined);
  equal(performance.now() - started < 500, true);
});
