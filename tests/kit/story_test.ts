import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { api } from "./api.ts";
import { VERSION } from "../../relay/base/version.ts";
import { tellStory } from "./story.ts";

Deno.test("the story that the console is looked at with has something of everything, and its ledger adds up", async () => {
  await using story = await tellStory();
  const { house } = story;
  equal(await (await fetch(`${story.url}/healthz`)).json(), { alive: true, version: VERSION });
  const { addsUp, total, heard } = (await api(house, "GET", "ledger?since=24h")).body;
  equal(addsUp, true);
  for (const [what, count] of Object.entries({ ...total, ...heard, ...heard.suppressed })) {
    ok(count !== 0, what);
  }
  const { incidents } = (await api(house, "GET", "incidents?state=open")).body;
  ok(incidents.length > 5);
  ok(incidents.some(({ known }: { known?: unknown }) => known));
  const dialects = new Set(incidents.map(({ dialect }: { dialect: string }) => dialect));
  equal([...dialects].toSorted(), ["alarm_v2", "alertmanager", "fenghuo", "ocp"]);
  equal((await api(house, "GET", "members/failing")).body.failing.length, 1);
  equal((await api(house, "GET", "silences")).body.silences.length, 1);
});
