import { deepStrictEqual as equal } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { Group } from "../../../relay/domain/group.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { parseMatcher } from "../../../relay/domain/matcher.ts";
import {
  type AlertTarget,
  type ArrivalContext,
  type EnqueuedAlert,
  onArrival,
  onCommit,
  type PreparedAlert,
} from "../../../relay/intake/pipeline.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { alert, destination, group as groupOf } from "../../kit/domain.ts";

const NOW = Date.UTC(2026, 0, 31, 8); // a Saturday
const ID = "01KGA00000000000000000000A-007";

function group(id: string, own: Partial<Group> = {}): Group {
  const [owner, level] = id.split("/") as [string, string];
  return groupOf({ id, owner, level, timezone: "UTC", destinations: [destination(`${id}/chat`)], ...own });
}

const GROUPS = new Map(
  [
    group("default/default"),
    group("ops/default", {
      destinations: [destination("ops/default/chat"), destination("ops/default/spare", { isFallback: true })],
    }),
    group("db/1", { quiet: [{ from: "07:00", to: "09:00", days: ["sat"] }] }),
    group("none/1", { destinations: [] }),
  ].map((group) => [group.id, group]),
);

const context = (own: Partial<ArrivalContext> = {}): ArrivalContext => ({
  groups: GROUPS,
  rules: [
    { matchers: [parseMatcher("db=pg")], group: "db/1" },
    { matchers: [parseMatcher("db=~.+")], group: "ops/default" },
  ],
  enrich: [],
  isHeartbeat: ({ title }) => title === "Watchdog",
  silenceOf: ({ labels }) => labels.silenced,
  ...own,
});

function arrive(own: Partial<Alert> = {}, target?: AlertTarget): PreparedAlert {
  const received = alert(own);
  return onArrival(
    { alert: received, identity: received.labels, payload: "p", now: NOW },
    context({ target }),
  );
}

const routesOf = ({ routes }: PreparedAlert): string[] =>
  routes.map(({ group, by, rule }) => `${group.id} ${by}${rule ?? ""}`);

const ARRIVALS: [does: string, labels: Alert["labels"], target: AlertTarget | undefined, routes: string[]][] =
  [
    ["the group that the caller named comes first", { db: "pg" }, "none/1", ["none/1 named"]],
    ["an unknown group falls back to the default group", { db: "pg" }, "no/1", [
      "default/default unknown_group",
    ]],
    ["a group of the caller's own is taken as it is", {}, group("adhoc/x"), ["adhoc/x named"]],
    [
      "routes of the caller's own are taken as they are",
      {},
      [{ group: GROUPS.get("db/1")!, by: "told_before" }],
      ["db/1 told_before"],
    ],
    ["every rule that matches adds its group", { db: "pg" }, undefined, ["db/1 rule0", "ops/default rule1"]],
    ["the label team comes after the rules", { team: "ops" }, undefined, ["ops/default team"]],
    ["what nothing matches goes to the default group", {}, undefined, ["default/default default"]],
  ];

for (const [does, labels, target, routes] of ARRIVALS) {
  Deno.test(does, () => equal(routesOf(arrive({ labels }, target)), routes));
}

Deno.test("an alert is identified by its dialect and identity, a heartbeat by its name, and a silence mutes it", () => {
  const prepared = arrive({ title: "Watchdog", labels: { silenced: "s1" } });
  equal([prepared.heartbeat, prepared.silence], [true, "s1"]);
  const other = arrive({ labels: { silenced: "s1" }, text: "other", severity: "info" });
  equal(other.fingerprint, prepared.fingerprint);
  equal(arrive({ labels: { silenced: "s1" }, dialect: "ocp" }).fingerprint === prepared.fingerprint, false);
});

Deno.test("an alert that is too long for the log is cut after the rules and the silences have seen it whole", () => {
  const long = "x".repeat(30_000);
  const { alert: cut, routes, silence } = onArrival(
    { alert: alert({ labels: { silenced: long, db: long } }), identity: {}, payload: "p", now: NOW },
    context(),
  );
  equal(routes.map(({ group }) => group.id), ["ops/default"]);
  equal(silence, long);
  equal(JSON.stringify(cut).length < 20_000, true);
});

/** Commit an alert. `before`: alerts of the same fingerprint, minutes ago. */
function commit(
  prepared: PreparedAlert,
  before: { minutes: number; alert?: Partial<Alert> }[] = [],
): EnqueuedAlert {
  let incident: Incident | undefined;
  for (const [index, { minutes, alert: own }] of before.entries()) {
    const earlier = { ...prepared, alert: { ...prepared.alert, ...own }, now: NOW - minutes * MINUTE };
    incident = onCommit(earlier, { id: `id-${index}`, incident, staleAfter: 24 * HOUR }).incident;
  }
  return onCommit(prepared, { id: ID, incident, staleAfter: 24 * HOUR });
}

const inWords = ({ routing, deliveries }: EnqueuedAlert): string[] => [
  ...routing.map(({ group, outcome: { kind, ...outcome }, destinations }) =>
    [group, kind, ...Object.values(outcome), ...destinations ?? []].join(" ")
  ),
  ...deliveries.map(({ lane, entry }) =>
    `${lane}: ${entry.id} ${entry.reason} ${entry.folded}${entry.due ? ` at ${entry.due - NOW}` : ""}`
  ),
];

const COMMITS: [
  does: string,
  own: Partial<Alert>,
  target: string | undefined,
  before: { minutes: number; alert?: Partial<Alert> }[],
  comesTo: string[],
][] = [
  ["the first alert is queued for each destination, except for fallbacks", {}, "ops/default", [], [
    "ops/default told first 0 ops/default/chat",
    `lane of ops/default/chat: ${ID}-0 first 0`,
  ]],
  [
    "deliveries are numbered through all groups",
    { severity: "critical", labels: { db: "pg" } },
    undefined,
    [],
    [
      "db/1 told first 0 db/1/chat",
      "ops/default told first 0 ops/default/chat",
      `lane of db/1/chat: ${ID}-0 first 0`,
      `lane of ops/default/chat: ${ID}-1 first 0`,
    ],
  ],
  ["in quiet hours a delivery is queued and held until they end", {}, "db/1", [], [
    `db/1 told first 0 ${NOW + HOUR} db/1/chat`,
    `lane of db/1/chat: ${ID}-0 first 0 at ${HOUR}`,
  ]],
  ["a duplicate queues nothing", {}, "ops/default", [{ minutes: 1 }], ["ops/default folded"]],
  ["the first after the window says how many duplicates there were", {}, "ops/default", [
    { minutes: 8 },
    { minutes: 7 },
    { minutes: 6 },
  ], [
    "ops/default told repeat 2 ops/default/chat",
    `lane of ops/default/chat: ${ID}-0 repeat 2`,
  ]],
  ["resolved is notified, and closes the incident", { status: "resolved" }, "ops/default", [
    { minutes: 1, alert: { status: "firing" } },
  ], [
    "ops/default told resolved 0 ops/default/chat",
    `lane of ops/default/chat: ${ID}-0 resolved 0`,
  ]],
  ["resolved with nothing open is logged only", { status: "resolved" }, "ops/default", [], [
    "ops/default suppressed nothing_open",
  ]],
  ["a silence queues nothing and is named", { labels: { silenced: "s1" } }, "ops/default", [], [
    "ops/default suppressed silence s1",
  ]],
  ["a heartbeat queues nothing", { title: "Watchdog" }, "ops/default", [], [
    "ops/default suppressed heartbeat",
  ]],
  ["a group without destinations is logged with that reason", {}, "none/1", [], [
    "none/1 suppressed no_destination",
  ]],
];

for (const [does, own, target, before, comesTo] of COMMITS) {
  Deno.test(does, () => equal(inWords(commit(arrive(own, target), before)), comesTo));
}

Deno.test("the log keeps an alert whole, and of a duplicate only what may differ", () => {
  const whole = commit(arrive({ labels: { a: "b" } }, "ops/default"));
  equal(whole.logged.alert, alert({ labels: { a: "b" } }));
  equal([whole.logged.id, whole.logged.incident, whole.logged.at], [ID, ID, NOW]);
  const again = commit(arrive({ severity: "info" }, "ops/default"), [{ minutes: 1 }]);
  equal(again.logged.alert, { status: "firing", severity: "info", startsAt: null });
  equal(again.logged.incident, "id-0");
});
