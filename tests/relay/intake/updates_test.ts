import { deepStrictEqual as equal } from "node:assert/strict";
import type { Destination, Group } from "../../../relay/domain/group.ts";
import type { Incident, Window } from "../../../relay/domain/incident.ts";
import { deliveryId, reminderIds } from "../../../relay/domain/record.ts";
import type { Action, ActOptions } from "../../../relay/domain/action.ts";
import type { UpdateEffect } from "../../../relay/intake/update_effect.ts";
import { effectOf, fingerprintOf, type IncidentUpdate } from "../../../relay/intake/updates.ts";
import type { PreparedAlert } from "../../../relay/intake/pipeline.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { alert, destination as destinationOf, group as groupOf } from "../../kit/domain.ts";

const NOW = Date.UTC(2026, 0, 31, 8);
const FIRST = "01KGA00000000000000000000A-000";
const LAST = "01KGA00000000000000000000B-000";
const GROUP = "ops/default";

const destination = (name: string, own: Partial<Destination> = {}): Destination =>
  destinationOf(`${GROUP}/${name}`, { lane: `lane-${name}`, ...own });

const group = (own: Partial<Group> = {}): Group =>
  groupOf({
    remind: 30 * MINUTE,
    flap: { count: 3, per: HOUR },
    destinations: [destination("chat"), destination("mail"), destination("spare", { isFallback: true })],
    ...own,
  });

function window(own: Partial<Window> = {}): Window {
  return {
    until: NOW + MINUTE,
    severity: "critical",
    told: FIRST,
    at: NOW - HOUR,
    folded: 2,
    deliveries: 2,
    dead: [],
    ...own,
  };
}

function incident(own: Partial<Incident> = {}): Incident {
  return {
    id: FIRST,
    fingerprint: "f",
    dialect: "alertmanager",
    title: "T",
    severity: "critical",
    openedAt: NOW - HOUR,
    lastAt: NOW - MINUTE,
    lastId: LAST,
    count: 3,
    windows: { [GROUP]: window() },
    closedAt: null,
    known: false,
    ...own,
  };
}

const over = (own: Partial<Incident> = {}): Incident =>
  incident({ windows: {}, told: [GROUP], closedAt: NOW - MINUTE, known: true, ...own });

/** The alert that the update represents in its decision. */
const prepared: PreparedAlert = { alert: alert(), fingerprint: "f", payload: "p", now: NOW, routes: [] };

const death = (delivery: number): IncidentUpdate => ({
  kind: "dead_delivery",
  fingerprint: "f",
  group: GROUP,
  alert: FIRST,
  delivery: deliveryId(FIRST, delivery),
  now: NOW,
});

const act = (action: Action, own: Partial<ActOptions> = {}): IncidentUpdate => ({
  kind: "action",
  fingerprint: "f",
  incident: incident(),
  action,
  options: { by: "li.lei", account: "admin", now: NOW, ...own },
  targets: [],
  decided: () => {},
});

const reminder = (own: object = {}): IncidentUpdate => ({
  kind: "reminder",
  fingerprint: "f",
  group: group(),
  except: new Set<string>(),
  now: NOW,
  ...own,
});

const calm = (to: Group | undefined = group()): IncidentUpdate => ({
  kind: "calm",
  fingerprint: "f",
  group: GROUP,
  to,
  now: NOW,
});

const flapping = { [GROUP]: { changes: [NOW - 2 * HOUR], told: "warning" } } as const;
const held = { alert: LAST, at: NOW - 10 * MINUTE, until: NOW - MINUTE };

/** The effect of an update, in a few words; `nothing` if another event came first. */
function inWords(effect: UpdateEffect | undefined): string[] {
  if (!effect) return ["nothing"];
  const { incident, deliveries = [], note, alert } = effect;
  const of = incident?.windows[GROUP];
  return [
    ...of && of.until !== NOW + MINUTE ? [`window until ${(of.until - NOW) / MINUTE}m`] : [],
    ...of && of.dead.length > 0 ? [`${of.dead.length} dead`] : [],
    ...incident?.known && incident.closedAt === null ? [`acknowledged by ${incident.knownBy}`] : [],
    ...incident?.memo !== undefined ? [`note "${incident.memo}"`] : [],
    ...of?.reminded ? [`reminder ${of.reminded.count}${of.reminded.final ? ", the last" : ""}`] : [],
    ...incident && !incident.flaps ? ["no flapping"] : [],
    ...note ? [`audit: ${note.action}`] : [],
    ...alert ? ["decided like an alert"] : [],
    ...deliveries.map(({ lane, entry }) =>
      `${lane}: ${entry.reason} ${entry.severity}${entry.held ? `, held ${(entry.due! - NOW) / HOUR}h` : ""}`
    ),
  ];
}

const CALM = "no flapping"; // no incident of these rows flaps unless it says so

const ROWS: [does: string, update: IncidentUpdate, newest: Incident | undefined, effect: string[]][] = [
  ["a dead delivery is recorded in its window", death(0), incident(), ["1 dead", CALM]],
  [
    "the last dead delivery of a notification ends its window now",
    death(1),
    incident({ windows: { [GROUP]: window({ dead: [deliveryId(FIRST, 0)] }) } }),
    ["window until 0m", "2 dead", CALM],
  ],
  [
    "a dead delivery of an earlier notification changes nothing",
    death(0),
    incident({ windows: { [GROUP]: window({ told: LAST }) } }),
    ["nothing"],
  ],
  ["a dead delivery of an incident that is over changes nothing", death(0), over(), ["nothing"]],
  ["a dead delivery of an unknown incident changes nothing", death(0), undefined, ["nothing"]],

  [
    "a person acknowledges an incident",
    act({ kind: "acknowledge" }),
    incident(),
    ["acknowledged by li.lei", CALM, "audit: acknowledged"],
  ],
  [
    "a person takes an acknowledgement back",
    act({ kind: "unacknowledge" }),
    incident({ known: true, knownBy: "li.lei", knownAt: NOW - MINUTE }),
    [CALM, "audit: unacknowledged"],
  ],
  ["a person writes a note", act({ kind: "note", text: "disk" }), incident(), [
    'note "disk"',
    CALM,
    "audit: noted",
  ]],
  [
    "a note that says nothing new changes nothing",
    act({ kind: "note", text: "x" }),
    incident({ memo: "x" }),
    ["nothing"],
  ],
  [
    "an incident that is over takes a note",
    act({ kind: "note", text: "disk" }),
    over(),
    ['note "disk"', CALM, "audit: noted"],
  ],
  [
    "a note of a person who saw another state changes nothing",
    act({ kind: "acknowledge" }, { seen: { known: true } }),
    incident(),
    ["nothing"],
  ],
  [
    "a note of an earlier incident changes nothing",
    act({ kind: "note", text: "disk" }),
    incident({ id: LAST }),
    [
      "nothing",
    ],
  ],

  [
    "a due reminder goes to each destination that is no fallback",
    reminder(),
    incident(),
    ["reminder 1", CALM, "lane-chat: reminder critical", "lane-mail: reminder critical"],
  ],
  [
    "a destination that has the last reminder before it gets no other",
    reminder({ except: new Set([`${GROUP}/chat`]) }),
    incident(),
    ["reminder 1", CALM, "lane-mail: reminder critical"],
  ],
  [
    "a reminder of an incident whose sender has stopped is the last",
    reminder({ group: group({ remindStop: HOUR }) }),
    incident({ lastAt: NOW - 2 * HOUR, resends: MINUTE }),
    ["reminder 1, the last", CALM, "lane-chat: reminder critical", "lane-mail: reminder critical"],
  ],
  ["a reminder that is not due yet changes nothing", reminder({ now: NOW - 40 * MINUTE }), incident(), [
    "nothing",
  ]],
  ["an acknowledged incident gets no reminder", reminder(), incident({ known: true }), ["nothing"]],
  ["an incident that is over gets no reminder", reminder(), over(), ["nothing"]],
  ["a group that no longer asks gets no reminder", reminder({ group: group({ remind: 0 }) }), incident(), [
    "nothing",
  ]],

  [
    "flapping that ended while it fires opens a window, and the group is notified",
    calm(),
    incident({ flaps: flapping }),
    ["window until 5m", CALM, "lane-chat: settled critical", "lane-mail: settled critical"],
  ],
  [
    "what is not critical waits for the end of quiet hours",
    calm(group({ timezone: "UTC", quiet: [{ from: "07:00", to: "09:00", days: ["sat"] }] })),
    over({ flaps: flapping, severity: "warning" }),
    [CALM, "lane-chat: settled warning, held 1h", "lane-mail: settled warning, held 1h"],
  ],
  [
    "a group that was never notified of flapping only forgets it",
    calm(),
    incident({ flaps: { [GROUP]: { changes: [NOW - 2 * HOUR] } } }),
    [CALM],
  ],
  [
    "a group that was removed only forgets it",
    { ...calm(), to: undefined } as IncidentUpdate,
    incident({ flaps: flapping }),
    [CALM],
  ],
  [
    "flapping that goes on changes nothing",
    calm(),
    incident({ flaps: { [GROUP]: { changes: [NOW - MINUTE], told: "warning" } } }),
    ["nothing"],
  ],

  [
    "an incident whose sender has stopped is resolved like by an alert",
    { kind: "clear", alert: prepared, lastId: LAST, lastAt: NOW - MINUTE },
    incident(),
    ["decided like an alert"],
  ],
  [
    "an incident that got an alert meanwhile is not cleared",
    { kind: "clear", alert: prepared, lastId: FIRST, lastAt: NOW - MINUTE },
    incident(),
    ["nothing"],
  ],
  [
    "an incident that was renewed meanwhile is not cleared",
    { kind: "clear", alert: prepared, lastId: LAST, lastAt: NOW - 2 * MINUTE },
    incident(),
    ["nothing"],
  ],
  [
    "an incident that is over is not cleared",
    { kind: "clear", alert: prepared, lastId: LAST, lastAt: NOW - MINUTE },
    over(),
    [
      "nothing",
    ],
  ],

  [
    "a held firing that nothing contradicted is decided like an alert",
    { kind: "confirm", alert: prepared, held: LAST },
    over({ late: held }),
    ["decided like an alert"],
  ],
  [
    "a held firing that must wait longer is not confirmed",
    { kind: "confirm", alert: prepared, held: LAST },
    over({ late: { ...held, until: NOW + 1 } }),
    ["nothing"],
  ],
  [
    "a held firing that was contradicted is not confirmed",
    { kind: "confirm", alert: prepared, held: LAST },
    over({ late: { ...held, end: { by: "contradicted", alert: FIRST, at: NOW } } }),
    ["nothing"],
  ],
  [
    "another firing that is held is not confirmed in its place",
    { kind: "confirm", alert: prepared, held: FIRST },
    over({ late: held }),
    ["nothing"],
  ],
];

for (const [does, update, newest, effect] of ROWS) {
  Deno.test(does, () => {
    equal(fingerprintOf(update), "f");
    equal(inWords(effectOf(update, newest)), effect);
  });
}

for (const kind of ["acknowledge", "take", "close", "unacknowledge", "reopen"] as const) {
  Deno.test(`an incident that ended while a person acted on it leaves the next one alone: ${kind}`, () => {
    const results: unknown[] = [];
    const update = { ...act({ kind }), decided: (result: unknown): void => void results.push(result) };
    for (const newest of [incident({ id: LAST, openedAt: NOW }), over({ id: LAST }), undefined]) {
      if (kind === "reopen" && newest === undefined) continue;
      equal(effectOf(update as IncidentUpdate, newest), undefined);
    }
    const refusals = [
      { incident: incident(), refused: "superseded" },
      { incident: incident(), refused: "over" },
    ];
    equal(results, kind === "reopen" ? refusals : [undefined, undefined, undefined]);
  });
}

Deno.test("a reminder's deliveries have ids of their own, sorted with those of the alert that they remind of", () => {
  const { deliveries } = effectOf(reminder(), incident())!;
  const ids = deliveries!.map(({ entry }) => entry.id);
  equal(new Set(ids).size, 2);
  for (const { entry } of deliveries!) {
    equal(entry.alert, FIRST);
    equal(entry.folded, 2);
    equal(entry.payload, `${reminderIds(FIRST)}-${NOW.toString(36)}`);
    equal(entry.id.startsWith(entry.payload), true);
  }
});
