import { deepStrictEqual as equal } from "node:assert/strict";
import { saidBy } from "../../../relay/message/said.ts";
import { rounded, valueOf } from "../../../relay/message/value.ts";

const SAID:
  readonly (readonly [why: string, text: string, description: string, said: readonly [string, string]])[] = [
    ["no description", "Pod is crash looping.", "", ["Pod is crash looping.", ""]],
    ["the same, written otherwise", "Pod is crash looping.", "pod is  crash-looping", [
      "Pod is crash looping.",
      "",
    ]],
    ["part of the text", "Disk full: 3 % left on /data", "3 % left", ["Disk full: 3 % left on /data", ""]],
    ["the text and more", "Disk full", "Disk full: 3 % left", ["Disk full: 3 % left", ""]],
    ["something else", "Disk full", "Delete old logs", ["Disk full", "Delete old logs"]],
    ["the title again", "HighCPU", "", ["", ""]],
    ["the title again, and something else", "HighCPU", "97 % for an hour", ["97 % for an hour", ""]],
    ["several lines stay", "a\nb", "c\nd", ["a\nb", "c\nd"]],
    ["no text", "", "what is wrong", ["what is wrong", ""]],
    ["long numbers", "only 2.994567348237467% left", "at 10.244.0.12, v1.2.34567", [
      "only 2.995% left",
      "at 10.244.0.12, v1.2.34567",
    ]],
  ];

for (const [why, text, description, [summary, rest]] of SAID) {
  Deno.test(`summary and description: ${why}`, () => {
    equal(saidBy({ title: "HighCPU", text, annotations: { description } }), { summary, description: rest });
  });
}

const VALUES: readonly (readonly [annotations: Record<string, string>, value: string])[] = [
  [{ value: "97.32451234" }, "97.32"],
  [{ current_value: "0.031234567%" }, "0.03123%"],
  [{ current: "81.5" }, "81.5"],
  [{ values: "A=81.523456, B=1" }, "A=81.52, B=1"],
  [{ value: "9.73245e+01" }, "97.32"],
  [{ value: "1234567.891" }, "1234568"],
  [{ value: "1732877640" }, "1732877640"],
  [{ value: "10.0.0.1:9100" }, "10.0.0.1:9100"],
  [{ value: "2026-11-20T10:43:00.123456Z" }, "2026-11-20T10:43:00.123456Z"],
  [{ value: "NaN" }, "NaN"],
  [{ value: "  \n " }, ""],
  [{}, ""],
];

Deno.test("a value is read where senders write it, and rounded to what people need", () => {
  for (const [annotations, value] of VALUES) equal(valueOf({ labels: {}, annotations }), value);
  equal(valueOf({ labels: { value: "3.14159" }, annotations: {} }), "3.142");
});

Deno.test("rounding takes a text of any length in its stride", () => {
  const text = "1.".repeat(50_000) + "9".repeat(50_000);
  equal(rounded(text).length, text.length);
});
