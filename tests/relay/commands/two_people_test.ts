/** Two people act at once, at two instances on one store. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Action } from "../../../relay/domain/action.ts";
import { minutes, scene } from "../../kit/duty.ts";
import { addsUp } from "../../kit/ledger.ts";
import { testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }`;

Deno.test("of two people at two instances the second one is refused, and each thing is told once", async () => {
  await using here = await scene({ exclusive: false, yaml: YAML });
  const { kv, clock } = here.house;
  await using there = await testRelay({ kv, exclusive: false, clock, yaml: YAML });
  await here.fire();
  await here.heard();
  const [incident] = await here.house.relay.store.incidents.newest("open", 1);
  const { id } = incident!;
  const refusals: (readonly [string, readonly unknown[]])[] = [];
  for (
    const action of [{ kind: "take" }, { kind: "close", text: "done" }, { kind: "reopen" }] satisfies Action[]
  ) {
    const seen = action.kind === "take" ? { known: false } : undefined;
    const results = await Promise.all([
      here.house.relay.commands.act(id, action, { by: "李雷", account: "a", now: clock.now(), seen }),
      there.relay.commands.act(id, action, { by: "韩梅梅", account: "b", now: clock.now(), seen }),
    ]);
    refusals.push([action.kind, results.map((result) => result!.refused).filter(Boolean)]);
    await minutes(here.house, 1, [there]);
  }
  equal(refusals, [["take", ["changed"]], ["close", ["over"]], ["reopen", ["open"]]]);
  equal(await here.heard(), ["closed resolved", "reopened firing"]);
  const entries = await here.house.relay.store.timeline.of(id, { limit: 20 });
  equal(entries.map(({ kind }) => kind).filter((kind) => kind !== "notified"), [
    "taken",
    "closed",
    "reopened",
  ]);
  const { entries: notes } = await here.house.relay.store.audit.list({ limit: 10, what: `incidents/${id}` });
  equal(notes.map(({ action }) => action), ["reopened", "closed", "taken"]);
  ok(await addsUp(here.house));
});
