import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { type Answer, api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
members: [{ id: li.lei, name: 李雷 }, { id: w1, name: 王芳 }, { id: w2, name: 王芳 }]
groups:
  - { owner: default, level: default, members: [li.lei], destinations: [{ channel: inbox }] }`;

async function houseWith(...names: string[]): Promise<{ house: TestRelay; ids: string[] }> {
  const house = await testRelay({ yaml: YAML });
  for (const alertname of names) await house.fire({ labels: { alertname, host: alertname.toLowerCase() } });
  const open = await house.relay.query.incidents.newest("open", 1_000);
  return { house, ids: open.map(({ id }) => id).toReversed() };
}

Deno.test("each action has an address, whose answer is the incident as it is then", async () => {
  const { house, ids: [id] } = await houseWith("A");
  await using _ = house;
  const now = house.clock.now();
  const table: [
    path: string,
    body: object | undefined,
    expected: Partial<Record<keyof Incident, unknown>>,
  ][] = [
    ["ack", { for: "2h" }, { known: true, knownBy: "admin", knownUntil: now + 2 * HOUR, holder: undefined }],
    ["ack", { memo: "the old name of text" }, { memo: "the old name of text", knownUntil: undefined }],
    ["take", { by: "Li Lei", until: now + HOUR, text: "mine" }, {
      holder: "Li Lei",
      knownBy: "Li Lei",
      knownUntil: now + HOUR,
      memo: "mine",
    }],
    ["assign", { to: "li.lei" }, { holder: "李雷", knownBy: "admin" }],
    ["assign", { to: "admin" }, { holder: "admin" }],
    ["notes", { text: "a new disk" }, { memo: "a new disk", holder: "admin" }],
    ["snooze", { for: "1h" }, { snoozed: true, knownUntil: now + HOUR, holder: undefined }],
    ["close", { memo: "over" }, { closedBy: "admin", memo: "over" }],
    ["close", {}, { closedBy: "admin" }],
    ["notes", { text: "after the end" }, { memo: "after the end", closedBy: "admin" }],
    ["reopen", { text: "not yet" }, { closedAt: null, closedBy: undefined, known: false, memo: "not yet" }],
  ];
  for (const [path, body, expected] of table) {
    const { status, body: { incident } } = await api(house, "POST", `incidents/${id}/${path}`, { body });
    equal(status, 200, path);
    for (const [name, value] of Object.entries(expected)) equal(incident[name], value, `${path} ${name}`);
    equal((await api(house, "GET", `incidents/${id}`)).body.incident.memo, incident.memo);
  }
  await api(house, "POST", `incidents/${id}/take`);
  const { status, body } = await api(house, "DELETE", `incidents/${id}/ack`);
  equal([status, body.incident.known, body.incident.holder], [200, false, undefined]);
});

Deno.test("what cannot be is refused in a sentence, and changes nothing", async () => {
  const { house, ids: [open, over] } = await houseWith("Open", "Over");
  await using _ = house;
  await api(house, "POST", `incidents/${over}/close`, { body: { by: "Li Lei" } });
  const table: [id: string, path: string, body: object, status: number, error: RegExp][] = [
    [open!, "snooze", {}, 422, /^until: is missing; give it, or for, such as "2h"$/],
    [open!, "snooze", { for: "soon" }, 422, /^for: must be a duration/],
    [open!, "snooze", { until: "tomorrow" }, 422, /^until: must be a time such as/],
    [open!, "snooze", { until: 1, for: "2h" }, 422, /^for: cannot be combined with until/],
    [open!, "snooze", { until: "2020-01-01T00:00:00Z" }, 422, /that time has passed/],
    [open!, "snooze", { for: "300000d" }, 200, /^$/],
    [open!, "ack", { until: 1 }, 422, /that time has passed/],
    [open!, "notes", {}, 422, /^text: /],
    [open!, "notes", { text: "  " }, 422, /^text: is missing/],
    [open!, "notes", { text: "x".repeat(501) }, 422, /^text: /],
    [open!, "assign", {}, 422, /^to: /],
    [
      open!,
      "assign",
      { to: "li.le" },
      422,
      /^to: there is no member and no account "li\.le".*did you mean "li\.lei"\?$/,
    ],
    [
      open!,
      "assign",
      { to: "王芳" },
      422,
      /^to: several members are called "王芳"; give one of their ids: "w1", "w2"$/,
    ],
    [open!, "take", { note: "x" }, 422, /^note: /],
    [open!, "reopen", {}, 409, /the incident is not closed/],
    [open!, "take", { seen: { known: true } }, 409, /someone else has just changed/],
    [open!, "explode", {}, 404, /./],
    [over!, "ack", {}, 409, /Li Lei has already closed the incident/],
    [over!, "take", {}, 409, /Li Lei has already closed the incident/],
    [over!, "snooze", { for: "1h" }, 409, /Li Lei has already closed the incident/],
    ["nothing-000", "take", {}, 404, /There is no incident of this id/],
  ];
  for (const [id, path, body, status, error] of table) {
    const before = JSON.stringify(await house.relay.query.incidents.get(id));
    const answer = await api(house, "POST", `incidents/${id}/${path}`, { body });
    equal(answer.status, status, `${path} ${JSON.stringify(body)} ${JSON.stringify(answer.body)}`);
    match(answer.body.error ?? "", error, path);
    if (status === 200) {
      await api(house, "DELETE", `incidents/${id}/ack`);
      continue;
    }
    equal(JSON.stringify(await house.relay.query.incidents.get(id)), before, path);
    if (status === 409) ok(answer.body.refused && answer.body.incident.id === id, path);
  }
});

Deno.test("of two who take it at once one has it, and the other is told who", async () => {
  const { house, ids: [id] } = await houseWith("A");
  await using _ = house;
  const seen = { known: false };
  const answers = await Promise.all(
    ["Li Lei", "Han Meimei"].map((by) => api(house, "POST", `incidents/${id}/take`, { body: { by, seen } })),
  );
  equal(answers.map(({ status }) => status).toSorted(), [200, 409]);
  const [had, late] = answers.toSorted((a, b) => a.status - b.status) as [Answer, Answer];
  equal(late.body.incident.holder, had.body.incident.holder);
  match(late.body.error, new RegExp(`${had.body.incident.holder} has already acknowledged it`));
});

Deno.test("several are acted on by id, and the answer says which were not changed, and why", async () => {
  const { house, ids: [a, b, c] } = await houseWith("A", "B", "C");
  await using _ = house;
  await api(house, "POST", `incidents/${b}/close`);
  const take = { action: "take", ids: [a, b, a, "nothing-000"], text: "all mine" };
  const { status, body } = await api(house, "POST", "incidents/act", { body: take });
  equal([status, body.acted, body.refused], [200, 1, 2]);
  equal(
    body.results.map(({ id, refused, incident }: Record<string, { holder?: string } | string>) => [
      id,
      refused,
      (incident as { holder?: string } | null)?.holder,
    ]),
    [[a, undefined, "admin"], [b, "over", undefined], ["nothing-000", "gone", undefined]],
  );
  match(body.results[1].error, /admin has already closed the incident/);
  // Another person's acknowledgement is not replaced.
  const all = { action: "acknowledge", by: "Li Lei", filter: {} };
  equal((await api(house, "POST", "incidents/act", { body: all })).body.acted, 1);
  equal((await api(house, "GET", `incidents/${c}`)).body.incident.knownBy, "Li Lei");
  equal((await api(house, "GET", `incidents/${a}`)).body.incident.knownBy, "admin");
});

Deno.test("a filter finds at most 200 a request, and goes on with the next ones", async () => {
  const { house } = await houseWith(...Array.from({ length: 205 }, (_, number) => `A${number}`));
  await using _ = house;
  await house.fire({ labels: { alertname: "Other", host: "z" } });
  const filter = { matchers: ["host=~a.+"] };
  const close = { action: "close", text: "the switch is back", filter };
  const first = (await api(house, "POST", "incidents/act", { body: close })).body;
  equal([first.acted, first.refused, typeof first.next], [200, 0, "string"]);
  const rest = { ...close, filter: { ...filter, before: first.next } };
  const second = (await api(house, "POST", "incidents/act", { body: rest })).body;
  equal([second.acted, second.next], [5, undefined]);
  const open = (await api(house, "GET", "incidents")).body.incidents;
  equal(open.map(({ title }: Incident) => title), ["Other"]);
  const found = await api(
    house,
    "GET",
    `incidents?state=closed&limit=1000&matchers=${encodeURIComponent('host="a7"')}`,
  );
  equal(found.body.incidents.map(({ title }: Incident) => title), ["A7"]);
  // To reopen, the closed ones are meant.
  const reopen = { action: "reopen", filter: { text: "switch is back", matchers: ["host=a7"] } };
  equal((await api(house, "POST", "incidents/act", { body: reopen })).body.acted, 1);
});

Deno.test("a request for several that is not clear is refused as a whole", async () => {
  const { house, ids: [id] } = await houseWith("A");
  await using _ = house;
  const table: [body: object, error: RegExp][] = [
    [{ action: "take" }, /^ids: give ids, or a filter/],
    [{ action: "take", ids: [id], filter: {} }, /^ids: give ids, or a filter/],
    [{ action: "take", ids: [] }, /^ids: /],
    [{ action: "take", ids: Array(201).fill(id) }, /^ids: /],
    [{ ids: [id] }, /^action: /],
    [{ action: "dance", ids: [id] }, /^action: /],
    [{ action: "take", ids: [id], to: "li.lei" }, /^to: does not apply to the action take$/],
    [{ action: "close", ids: [id], for: "2h" }, /^for: does not apply to the action close$/],
    [{ action: "unacknowledge", ids: [id], text: "x" }, /^text: does not apply to the action unacknowledge$/],
    [{ action: "assign", ids: [id] }, /^to: is missing/],
    [{ action: "take", filter: { matchers: ["a=~("] } }, /^filter\.matchers: /],
    [{ action: "take", filter: { severity: "loud" } }, /^filter\.severity: must be one of/],
    [{ action: "take", filter: { colour: "red" } }, /^filter\.colour: /],
  ];
  for (const [body, error] of table) {
    const answer = await api(house, "POST", "incidents/act", { body });
    equal(answer.status, 422, JSON.stringify(body));
    match(answer.body.error, error, JSON.stringify(body));
  }
  equal((await house.relay.query.incidents.get(id!))?.known, false);
});
