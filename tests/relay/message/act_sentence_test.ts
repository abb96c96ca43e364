import { equal } from "node:assert/strict";
import { actSentence } from "../../../relay/message/act_sentence.ts";
import { translator } from "../../../relay/message/locale.ts";

Deno.test("a title cannot turn the sentence about itself around, or add lines to it", () => {
  const title = "\u202ecod\n\x1b[31m.exe";
  equal(actSentence("take", [{ title }], translator("en")), "Taken: �cod ␛[31m.exe");
  equal(
    actSentence("take", [{ title, refused: "held", holder: "李雷" }], translator("en")),
    "李雷 has it: �cod ␛[31m.exe",
  );
});
