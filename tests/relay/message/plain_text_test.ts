import { deepStrictEqual as equal } from "node:assert/strict";
import { plainText } from "../../../relay/message/plain_text.ts";

const TABLE: [text: string, authored: Parameters<typeof plainText>[0]["authored"], plain: string][] = [
  ["**a** <@b>", undefined, "**a** <@b>"],
  ["**a** <@b>", { markup: "wecom", form: "text" }, "**a** @b"],
  ["## **a** <@b>", { markup: "wecom", form: "markdown" }, "a @b"],
  ["**a**\n\n<at id=ou_1></at>", { markup: "feishu", form: "native" }, "a\n\n@ou_1"],
];

for (const [text, authored, plain] of TABLE) {
  Deno.test(`${JSON.stringify(text)}, written as ${authored?.form ?? "an alert's text"}, reads ${JSON.stringify(plain)}`, () => {
    equal(plainText({ text, ...authored === undefined ? {} : { authored } }), plain);
  });
}
