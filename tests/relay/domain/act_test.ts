import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { acknowledged, whoHas } from "../../../relay/domain/acknowledge.ts";
import { act } from "../../../relay/domain/act.ts";
import type { Action, ActOptions } from "../../../relay/domain/action.ts";
import { closedByHand } from "../../../relay/domain/close.ts";
import { expired } from "../../../relay/domain/expiry.ts";
import { closed, type Incident, retired } from "../../../relay/domain/incident.ts";
import { advance } from "../../../relay/domain/window.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";

const NOW = Date.UTC(2026, 0, 31, 8);
const GROUP = { group: "ops/default", window: 5 * MINUTE, repeat: 4 * HOUR, destinations: 1 };
const ALERT = { dialect: "alertmanager", status: "firing", severity: "warning", title: "T" } as const;
const FIRING = { ...ALERT, startsAt: NOW, endsAt: null } as const;
const OPTIONS = { fingerprint: "f", staleAfter: 24 * HOUR };
const ME = { by: "李雷", account: "li.lei", now: NOW + HOUR } as const;

const open = advance(undefined, FIRING, [GROUP], { ...OPTIONS, id: "a", now: NOW }).incident!;
const at = NOW + MINUTE;

const STATES = {
  open,
  mine: acknowledged(open, { by: "李雷", now: at }),
  theirs: acknowledged(open, { by: "韩梅梅", now: at, holder: "韩梅梅" }),
  snoozed: acknowledged(open, { by: "李雷", now: at, until: NOW + 3 * HOUR, snoozed: true }),
  closed: closedByHand(open, { by: "韩梅梅", now: at }),
  resolved: { ...closed(open, at), known: true },
  stale: retired(open, NOW + 25 * HOUR),
} satisfies Record<string, Incident>;

const ACTIONS = {
  acknowledge: { kind: "acknowledge" },
  "for 2h": { kind: "acknowledge", until: NOW + 3 * HOUR },
  unacknowledge: { kind: "unacknowledge" },
  take: { kind: "take" },
  assign: { kind: "assign", to: "韩梅梅" },
  note: { kind: "note", text: "disk" },
  snooze: { kind: "snooze", until: NOW + 2 * HOUR },
  close: { kind: "close", text: "replaced" },
  reopen: { kind: "reopen" },
} satisfies Record<string, Action>;

/**
 * The effect of an action in a state: the holder after it (`-`: nobody), the fact and the notification; or the reason
 * why it has none.
 */
function inWords(incident: Incident, action: Action, own: Partial<ActOptions> = {}): string {
  const acted = act(incident, action, { ...ME, policies: [GROUP], ...own });
  if ("refused" in acted) return acted.refused;
  const { incident: after, fact, event } = acted;
  const state = after.closedAt !== null ? "over" : whoHas(after) ?? (after.snoozed ? "snoozed" : "-");
  return [state, fact.kind, ...event ? [event] : []].join(" ");
}

const TABLE: Record<keyof typeof STATES, Partial<Record<keyof typeof ACTIONS, string>>> = {
  open: {
    acknowledge: "李雷 acknowledged acknowledged",
    "for 2h": "李雷 acknowledged acknowledged",
    unacknowledge: "unchanged",
    take: "李雷 taken acknowledged",
    assign: "韩梅梅 assigned acknowledged",
    note: "- noted",
    snooze: "snoozed snoozed acknowledged",
    close: "over closed closed",
    reopen: "open",
  },
  mine: {
    acknowledge: "unchanged",
    "for 2h": "李雷 acknowledged acknowledged",
    unacknowledge: "- unacknowledged unacknowledged",
    take: "李雷 taken",
    assign: "韩梅梅 assigned acknowledged",
    note: "李雷 noted",
    snooze: "snoozed snoozed acknowledged",
    close: "over closed closed",
    reopen: "open",
  },
  theirs: {
    acknowledge: "韩梅梅 acknowledged",
    unacknowledge: "- unacknowledged unacknowledged",
    take: "李雷 taken acknowledged",
    assign: "unchanged",
    close: "over closed closed",
  },
  snoozed: {
    acknowledge: "李雷 acknowledged acknowledged",
    unacknowledge: "- unacknowledged unacknowledged",
    take: "李雷 taken acknowledged",
    close: "over closed closed",
    reopen: "open",
  },
  closed: {
    acknowledge: "over",
    unacknowledge: "over",
    take: "over",
    assign: "over",
    note: "over noted",
    snooze: "over",
    close: "over",
    reopen: "- reopened reopened",
  },
  resolved: { take: "over", note: "over noted", close: "over", reopen: "- reopened reopened" },
  stale: { note: "over noted", close: "over closed closed", reopen: "- reopened reopened" },
};

for (const [state, row] of Object.entries(TABLE)) {
  Deno.test(`what people do with an incident that is ${state}`, () => {
    for (const [name, words] of Object.entries(row)) {
      const did = inWords(STATES[state as keyof typeof STATES], ACTIONS[name as keyof typeof ACTIONS]);
      equal([name, did], [name, words]);
    }
  });
}

Deno.test("a time that is over, and a state that somebody changed, are refused", () => {
  equal(inWords(open, { kind: "snooze", until: ME.now }), "past");
  equal(inWords(open, { kind: "take", until: ME.now - 1 }), "past");
  equal(inWords(STATES.theirs, { kind: "take" }, { seen: { known: false } }), "changed");
  equal(inWords(STATES.theirs, { kind: "take" }, { seen: { holder: "" } }), "changed");
  equal(inWords(STATES.theirs, { kind: "take" }, { seen: { holder: "韩梅梅" } }), "李雷 taken acknowledged");
  equal(inWords({ ...open, memo: "x" }, { kind: "note", text: "y" }, { seen: { memo: "" } }), "changed");
});

Deno.test("reopening opens the windows of the groups that were notified, and leaves no trace of the end", () => {
  for (const over of [STATES.closed, STATES.resolved]) {
    const acted = act(over, { kind: "reopen" }, { ...ME, policies: [GROUP, { ...GROUP, group: "b/c" }] });
    ok("incident" in acted);
    const { windows, closedBy, told, known, closedAt } = acted.incident;
    equal([Object.keys(windows), closedBy, told, known, closedAt], [
      ["ops/default"],
      undefined,
      undefined,
      false,
      null,
    ]);
  }
});

const step = fc.oneof(
  fc.constantFrom(...Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]),
  fc.constantFrom("firing", "again", "resolved", "expire"),
);

Deno.test("whatever people and senders do, an incident stays consistent", () => {
  fc.assert(fc.property(fc.array(fc.tuple(step, fc.nat(3 * 60)), { maxLength: 30 }), (story) => {
    let newest: Incident | undefined;
    let now = NOW;
    for (const [index, [what, minutes]] of story.entries()) {
      now += (minutes + 1) * MINUTE;
      if (what in ACTIONS) {
        if (!newest) continue;
        const given: Action = ACTIONS[what as keyof typeof ACTIONS];
        const action = "until" in given ? { ...given, until: now + HOUR } : given;
        const acted = act(newest, action, { ...ME, now, policies: [GROUP] });
        if ("incident" in acted) newest = acted.incident;
      } else if (what === "expire") {
        newest = newest && expired(newest, { policies: [GROUP], silenced: false, now })?.incident || newest;
      } else {
        const status = what === "resolved" ? "resolved" : "firing";
        const alert = { ...FIRING, status, startsAt: what === "again" ? now : NOW } as const;
        const id = `id-${String(index).padStart(3, "0")}`;
        newest = advance(newest, alert, [GROUP], { ...OPTIONS, id, now }).incident ?? newest;
      }
      if (newest) isConsistent(newest);
    }
  }));
});

function isConsistent(incident: Incident): void {
  const { closedAt, known, knownAt, knownBy, knownUntil, snoozed, holder, closedBy, windows, told } =
    incident;
  if (closedAt !== null) {
    equal([known, windows, told !== undefined, snoozed, knownUntil], [true, {}, true, undefined, undefined]);
    return;
  }
  equal([closedBy, told], [undefined, undefined]);
  if (known) ok(knownAt !== undefined && knownBy !== undefined);
  else equal([knownAt, knownBy, knownUntil, snoozed, holder], Array(5).fill(undefined));
  if (snoozed) ok(knownUntil !== undefined && holder === undefined);
}
