import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "../channels/mod.ts";
import { complaintText, parseConfig } from "../relay/config/mod.ts";
import { ROOT } from "./kit/process.ts";

const channels = await discover();
const text = await Deno.readTextFile(`${ROOT}docs/migrating.md`);
const examples = [...text.matchAll(/```yaml\n# fenghuo\.yaml\n([^]*?)```/g)].map(([, yaml]) => yaml!);

Deno.test("docs/migrating.md has an example for each system", () => ok(examples.length >= 6));

for (const yaml of examples) {
  Deno.test(`this example of docs/migrating.md is taken as it is: ${yaml.split("\n", 1)}`, async () => {
    const names = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
    const parsed = await parseConfig({
      env: Object.fromEntries(names.map((name) => [name, `value of ${name}`])),
      yaml,
      secrets: { key: "k", adminPassword: "p", intakeToken: "t" },
      channels,
    });
    equal(parsed.ok ? [] : parsed.complaints.map(complaintText), []);
  });
}
