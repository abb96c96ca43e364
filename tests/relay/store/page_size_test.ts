import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { makePrivate } from "../../../relay/store/private_files.ts";
import { PAGE_BYTES } from "../../../relay/store/page_size.ts";
import { temporaryFolder } from "../../kit/process.ts";
import { testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: webhook, config: { url: "https://hooks.example.com/a" } }] }
`;

function ask(path: string, pragma: string): unknown {
  using database = new DatabaseSync(path, { readOnly: true });
  return Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0];
}

Deno.test("a new database is a whole SQLite database with larger pages, and keeps what is written", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/fenghuo.db`;
  await makePrivate(path, { ownFolder: false });
  equal([ask(path, "page_size"), ask(path, "integrity_check")], [PAGE_BYTES, "ok"]);
  for (let open = 0; open < 2; open++) {
    using kv = await Deno.openKv(path);
    equal((await kv.get(["a"])).value, open === 0 ? null : "kept");
    await kv.set(["a"], "kept");
    await makePrivate(path, { ownFolder: false }); // a database that is there is left as it is
  }
  equal([ask(path, "page_size"), ask(path, "integrity_check")], [PAGE_BYTES, "ok"]);
});

Deno.test("a lone alert that is delivered takes less than 5 KB of the disk", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/fenghuo.db`;
  await makePrivate(path, { ownFolder: false });
  const alerts = 300;
  {
    using kv = await Deno.openKv(path);
    await using house = await testRelay({ kv, yaml: YAML, fetch: () => Promise.resolve(new Response("ok")) });
    for (let number = 0; number < alerts; number++) {
      await house.accept({
        labels: { alertname: "NodeHighCpuLoad", instance: `node-${number}`, job: "node", cluster: "prod" },
      });
    }
    await house.settle();
    equal((await house.deliveries()).filter(({ state }) => state === "delivered").length, alerts);
  }
  const bytes = Number(ask(path, "page_count")) * PAGE_BYTES / alerts;
  ok(bytes < 5_000, `${bytes.toFixed(0)} bytes an alert`);
});
