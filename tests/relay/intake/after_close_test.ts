/** Alerts of an incident that a person has closed. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import type { Action, ActResult } from "../../../relay/domain/action.ts";
import { closedByHand } from "../../../relay/domain/close.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { advance } from "../../../relay/domain/window.ts";
import { api } from "../../kit/api.ts";
import { inWords, type Scene, scene } from "../../kit/duty.ts";
import { addsUp } from "../../kit/ledger.ts";

const YAML = `
ignore_labels: [severity]
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }`;

const FIRING = { startsAt: "2026-01-31T08:00:00Z", labels: { severity: "warning" } } as const;

async function newest({ house }: Scene, state: "open" | "closed"): Promise<Incident | undefined> {
  const [incident] = await house.relay.store.incidents.newest(state, 1);
  return incident;
}

async function act({ house: { relay, clock } }: Scene, id: string, action: Action): Promise<ActResult> {
  const result = await relay.commands.act(id, action, { by: "李雷", account: "li.lei", now: clock.now() });
  return result!;
}

/** An incident that a person has closed. */
async function closed(house: Scene): Promise<string> {
  equal(await house.fire(FIRING), "first");
  const { id } = (await newest(house, "open"))!;
  equal((await act(house, id, { kind: "close", text: "disk replaced" })).refused, undefined);
  await house.minutes(1);
  equal(await house.heard(), ["first firing", "closed resolved"]);
  return id;
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, a re-send after closing notifies nobody until the repeat has passed, then opens it again`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    const id = await closed(house);
    equal(await house.fire(FIRING), "closed");
    await house.restart();
    await house.minutes(3 * 60);
    equal(await house.fire(FIRING), "closed");
    equal(await newest(house, "open"), undefined);
    const { count, closedBy } = (await newest(house, "closed"))!;
    equal([count, closedBy], [3, "李雷"]);
    await house.minutes(60);
    equal(await house.fire(FIRING), "reopened");
    const open = (await newest(house, "open"))!;
    equal([open.id, open.count, open.known, open.closedBy, open.memo], [
      id,
      4,
      false,
      undefined,
      "disk replaced",
    ]);
    equal(await newest(house, "closed"), undefined, "it has one record");
    equal(await house.heard(), ["reopened firing"]);
    equal(await house.fire({ ...FIRING, status: "resolved" }), "resolved");
    equal(await house.heard(), ["resolved resolved"]);
    ok(await addsUp(house.house));
  });

  Deno.test(`on ${store}, a new occurrence after closing is a new incident`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    const id = await closed(house);
    equal(await house.again(FIRING), "first");
    ok((await newest(house, "open"))!.id !== id);
    equal((await act(house, id, { kind: "reopen" })).refused, "superseded");
    ok(await addsUp(house.house));
  });

  Deno.test(`on ${store}, once its sender has resolved it, too, it fires anew, unless a late peer sends it`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    const id = await closed(house);
    equal(await house.fire({ ...FIRING, status: "resolved" }), "closed");
    ok((await newest(house, "closed"))!.resolvedAt! > (await newest(house, "closed"))!.closedAt!);
    const entries = await house.house.relay.store.timeline.of(id, { limit: 10, reverse: true });
    equal(entries[0]!.kind, "alert");
    await house.restart();
    equal(await house.fire(FIRING), "late_peer");
    equal(await house.again(FIRING), "first");
    ok((await newest(house, "open"))!.id !== id);
    equal(await house.heard(), ["first firing"]);
    ok(await addsUp(house.house));
  });

  Deno.test(`on ${store}, a person opens it again, and its sender's end is told`, async () => {
    await using house = await scene({ exclusive, yaml: YAML });
    const id = await closed(house);
    await house.restart();
    const { incident, refused } = await act(house, id, { kind: "reopen", text: "not yet" });
    equal([refused, incident.closedAt, incident.known, incident.memo], [undefined, null, false, "not yet"]);
    equal((await act(house, id, { kind: "reopen" })).refused, "open");
    await house.minutes(1);
    equal(await house.heard(), ["reopened firing"]);
    equal((await newest(house, "open"))!.id, id);
    equal(await newest(house, "closed"), undefined);
    equal(await house.fire(FIRING), "folded");
    equal(await house.fire({ ...FIRING, status: "resolved" }), "resolved");
    equal(await house.heard(), ["resolved resolved"]);
    await house.minutes(24 * 60);
    equal((await act(house, id, { kind: "reopen" })).refused, undefined, "its sender closed it long ago");
    await house.minutes(1);
    equal(await house.heard(), ["reopened firing"]);
    await house.restart();
    equal((await newest(house, "open"))!.id, id);
    equal((await newest(house, "closed"))?.id, undefined);
    ok(await addsUp(house.house));
  });
}

Deno.test("a severity that rises after closing opens it at once", async () => {
  await using house = await scene({ yaml: YAML });
  await closed(house);
  equal(await house.fire({ ...FIRING, labels: { severity: "critical" } }), "reopened");
  equal((await newest(house, "open"))!.severity, "critical");
});

Deno.test("a silence holds what is sent again after closing", async () => {
  await using house = await scene({ yaml: YAML });
  await closed(house);
  await api(house.house, "POST", "silences", { body: { matchers: ["alertname=Test"], duration: "5h" } });
  await house.minutes(4 * 60 + 5);
  equal(await house.fire(FIRING), "silence");
  equal(await newest(house, "open"), undefined);
  await house.minutes(60);
  equal(await house.fire(FIRING), "reopened");
});

Deno.test("a sender that posts each occurrence once opens a new incident after closing", () => {
  const group = { group: "ops/default", window: 5 * MINUTE, repeat: 4 * HOUR, destinations: 1 };
  for (const [dialect, heard] of [["prometheusalert", "first"], ["alertmanager", "closed"]] as const) {
    const alert = {
      dialect,
      status: "firing",
      severity: "warning",
      title: "T",
      startsAt: 1,
      endsAt: null,
    } as const;
    const options = { fingerprint: "f", staleAfter: HOUR };
    const { incident } = advance(undefined, alert, [group], { ...options, id: "a", now: 1 });
    const over = closedByHand(incident!, { by: "李雷", now: 2 });
    const after = advance(over, alert, [group], { ...options, id: "b", now: 3 });
    equal(inWords(after.outcomes[0]!), heard);
    equal(after.incident!.id, heard === "first" ? "b" : "a");
  }
});
