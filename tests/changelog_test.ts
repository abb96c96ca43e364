import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { VERSION } from "../relay/base/version.ts";
import { ROOT } from "./kit/process.ts";

const text = await Deno.readTextFile(`${ROOT}CHANGELOG.md`);
const versions = Array.from(
  text.matchAll(/^## (\S+)(?: \((\d{4}-\d\d-\d\d)\))?$/gm),
  ([, name, date]) => ({ name, date }),
);

Deno.test("the changelog's newest version is this one, and only what is unreleased has no date", () => {
  const released = versions.filter(({ name }) => name !== "Unreleased");
  equal(released[0]?.name, VERSION);
  ok(released.every(({ date }) => date !== undefined));
  ok(versions.findIndex(({ name }) => name === "Unreleased") <= 0, "what is unreleased comes first");
});
