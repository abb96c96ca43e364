import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { loadTemplates } from "../relay/message/templates.ts";
import { messageData } from "../relay/message/template_data.ts";
import { alert } from "./channels/_message.ts";
import { group } from "./kit/domain.ts";
import { ROOT } from "./kit/process.ts";

const page = await Deno.readTextFile(`${ROOT}docs/templates.md`);
const examples = [...page.matchAll(/```eta\n(.*?)```/gs)].map(([, source]) => source!);

Deno.test("every template that the documentation shows works with every example of the start", async () => {
  ok(examples.length >= 3);
  for (const source of examples) {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/message`);
      for (const name of ["text", "markdown"]) {
        await Deno.writeTextFile(`${folder}/message/${name}.eta`, source);
      }
      const templates = await loadTemplates({ builtIn: `${ROOT}templates`, override: folder });
      equal(templates.problems, [], source);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("every field that the documentation names is there", () => {
  const data = messageData([alert({ severityText: "P9", still: true, event: "李雷 已确认" })], group(), {
    now: 0,
  });
  const namesIn = (title: string): string[] => {
    const [, section = ""] = page.split(`## ${title}\n`);
    const [table = ""] = section.split("\n## ");
    const rows = table.split("\n").filter((line) => line.startsWith("| `"));
    ok(rows.length > 5, title);
    return rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`(\w+)/g)].map(([, name]) => name!));
  };
  const [item] = data.groups[0]!.items;
  for (const name of namesIn("What a message gets as `it`")) ok(name in data, name);
  for (const name of namesIn("A group of alike alerts")) ok(name in data.groups[0]!, name);
  for (const name of namesIn("An alert")) ok(name in item!.alert, name);
  match(page, /`text`.*`says`.*`alert`/);
});
