/**
 * The contract of every channel: each file of `channels/`, and of the folder that FENGHUO_CHANNELS names, is graded
 * by the authors' own kit, so a new one needs no line here.
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { gradeFiles } from "../../tasks/channel/_grade_files.ts";
import { pluginFiles } from "../../tasks/channel/_files.ts";

const files = pluginFiles();

for (const { file, findings } of await gradeFiles(files)) {
  Deno.test(`${file.split("/").at(-1)}: the kit finds nothing wrong with it`, () => equal(findings, []));
}

Deno.test("every channel of the repository is graded", () => ok(files.length >= 9, `${files.length} files`));
