import assert from "node:assert/strict";
import en from "../../../locales/en.json" with { type: "json" };
import zh from "../../../locales/zh.json" with { type: "json" };
import { LOCALES } from "../../../relay/base/locale.ts";
import { translator } from "../../../relay/message/locale.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";

Deno.test("both languages say the same things, with the same parameters", () => {
  assert.deepEqual(Object.keys(zh).toSorted(), Object.keys(en).toSorted());
  const parametersOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    assert.notEqual(zh[key].trim(), "", key);
    assert.notEqual(en[key].trim(), "", key);
    assert.deepEqual(parametersOf(zh[key]), parametersOf(en[key]), key);
  }
});

Deno.test("every severity and status has its words in every language", () => {
  for (const locale of LOCALES) {
    const t = translator(locale);
    const words = [
      ...SEVERITIES.map((severity) => t(`severity.${severity}`)),
      t("status.firing"),
      t("status.resolved"),
    ];
    assert.equal(new Set(words).size, words.length, locale);
  }
});

Deno.test("a parameter stands where its name does, and only own ones count", () => {
  const t = translator("en");
  assert.equal(t("reason.repeat", { count: 12 }), "12 more since the last message");
  assert.equal(t("reason.repeat"), "{count} more since the last message");
  assert.equal(t("message.others", { title: "$& {title}" }), "$& {title} and others");
});
