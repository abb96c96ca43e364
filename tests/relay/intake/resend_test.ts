import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { acknowledged, unacknowledged } from "../../../relay/domain/acknowledge.ts";
import type { Status } from "../../../relay/domain/alert.ts";
import { afterDeadDelivery } from "../../../relay/domain/dead_delivery.ts";
import { sum } from "../../../relay/query/ledger.ts";
import { type Incident, retired, type Window } from "../../../relay/domain/incident.ts";
import { SEVERITIES, type Severity } from "../../../relay/domain/severity.ts";
import { CurrentIncidents } from "../../../relay/store/current_incidents.ts";
import type { Outcome } from "../../../relay/domain/outcome.ts";
import { advance } from "../../../relay/domain/window.ts";
import type { WindowPolicy } from "../../../relay/domain/window_policy.ts";
import { scene } from "../../kit/duty.ts";
import { DAY, HOUR, MINUTE } from "../../../relay/base/duration.ts";

const START = Date.UTC(2026, 0, 31, 8);
const GROUP: WindowPolicy = { group: "ops/default", window: 5 * MINUTE, repeat: 4 * HOUR, destinations: 1 };

/** One fingerprint, whose sender gives `startsAt`, and one group. */
class Story {
  now = START;
  incident: Incident | undefined;
  readonly #group: WindowPolicy;
  #id = 0;

  constructor(group: Partial<WindowPolicy> = {}) {
    this.#group = { ...GROUP, ...group };
  }

  /** The outcome of an alert that comes at minute `minute` and began at minute `start`. */
  at(
    minute: number,
    start: number,
    { status = "firing", severity = "warning", silence }: {
      status?: Status;
      severity?: Severity;
      silence?: string;
    } = {},
  ): string {
    this.now = START + minute * MINUTE;
    const step = advance(
      this.incident,
      {
        dialect: "alertmanager",
        title: "Test",
        status,
        severity,
        startsAt: START + start * MINUTE,
        endsAt: null,
      },
      [this.#group],
      { fingerprint: "f", id: this.#nextId(), now: this.now, staleAfter: DAY, silence },
    );
    this.incident = step.incident;
    return inWords(step.outcomes[0]!);
  }

  /** All deliveries of the last notification are dead. */
  die(): void {
    const { told } = this.incident!.windows["ops/default"]!;
    const death = { group: "ops/default", alert: told, delivery: `${told}-0`, now: this.now };
    this.incident = afterDeadDelivery(this.incident, death);
  }

  #nextId(): string {
    return `id-${String(this.#id++).padStart(6, "0")}`;
  }
}

function inWords(outcome: Outcome): string {
  if (outcome.kind === "suppressed") return outcome.by;
  if (outcome.kind === "folded") return outcome.still ? "re-sent" : "folded";
  const reason = outcome.still ? "still" : outcome.reason;
  return outcome.folded > 0 ? `${reason} after ${outcome.folded}` : reason;
}

type Step = [minute: number, start: number, heard: string, more?: Parameters<Story["at"]>[2]];

const STORIES: [name: string, group: Partial<WindowPolicy>, steps: Step[]][] = [
  [
    "a re-send is folded until the repeat period since the last notification is over, then told as still firing",
    {},
    [
      [0, 0, "first"],
      [4, 0, "re-sent"],
      [6, 0, "re-sent"],
      [239, 0, "re-sent"],
      [240, 0, "still"],
      [246, 0, "re-sent"],
      [479, 0, "re-sent"],
      [480, 0, "still"],
    ],
  ],
  ["a new start is a new occurrence: the window folds it, and only occurrences are counted", {}, [
    [0, 0, "first"],
    [1, 0, "re-sent"],
    [2, 2, "folded"],
    [3, 2, "re-sent"],
    [4, 4, "folded"],
    [6, 6, "repeat after 2"],
    [7, 6, "re-sent"],
    [12, 6, "re-sent"],
    [13, 13, "repeat"],
  ]],
  ["what is still firing names the occurrences that were folded since the last notification", {}, [
    [0, 0, "first"],
    [2, 2, "folded"],
    [240, 2, "still after 1"],
  ]],
  ["the repeat period begins with each notification", {}, [
    [0, 0, "first"],
    [200, 200, "repeat"],
    [240, 200, "re-sent"],
    [440, 200, "still"],
  ]],
  ["a severity that rises is told at once, also between the window and the repeat", {}, [
    [0, 0, "first"],
    [10, 0, "changed", { severity: "critical" }],
    [20, 0, "re-sent", { severity: "critical" }],
    [245, 0, "re-sent"],
    [250, 0, "still"],
    [500, 0, "changed", { severity: "error" }],
  ]],
  ["resolved is told at once, and what fires after it is a first", {}, [
    [0, 0, "first"],
    [10, 0, "re-sent"],
    [20, 0, "resolved", { status: "resolved" }],
    [21, 21, "first"],
  ]],
  ["a repeat of 0 is as the window", { repeat: 0 }, [
    [0, 0, "first"],
    [4, 0, "re-sent"],
    [5, 0, "still"],
    [9, 0, "re-sent"],
    [10, 0, "still"],
  ]],
  ["a repeat never undercuts the window", { window: 12 * HOUR }, [
    [0, 0, "first"],
    [300, 0, "re-sent"],
    [301, 301, "folded"],
    [720, 301, "still after 1"],
  ]],
  ["without a window new occurrences are all told, and re-sends are not", { window: 0 }, [
    [0, 0, "first"],
    [0, 0, "re-sent"],
    [1, 1, "repeat"],
    [2, 2, "repeat"],
    [3, 2, "re-sent"],
  ]],
  ["a peer that knows only an older start sends no new occurrence", {}, [
    [0, 0, "first"],
    [6, 6, "repeat"],
    [12, 0, "re-sent"],
    [13, 6, "re-sent"],
  ]],
  ["what a silence kept from the group is told when it still fires after the silence", {}, [
    [0, 0, "first"],
    [10, 0, "silence", { silence: "s" }],
    [12, 12, "silence", { silence: "s" }],
    [20, 12, "still after 1"],
    [30, 12, "re-sent"],
  ]],
  ["a sender that repeats once a day says so", {}, [
    [0, 0, "first"],
    [24 * 60, 0, "still"],
    [48 * 60, 0, "still"],
  ]],
];

for (const [name, group, steps] of STORIES) {
  Deno.test(name, () => {
    const story = new Story(group);
    equal(
      steps.map(([minute, start, , more]) => [minute, start, story.at(minute, start, more)]),
      steps.map(([minute, start, heard]) => [minute, start, heard]),
    );
  });
}

Deno.test("when every delivery of a notification is dead, the next re-send is told", () => {
  const story = new Story();
  equal(story.at(0, 0), "first");
  story.die();
  equal(story.at(1, 0), "still");
  equal(story.at(2, 0), "re-sent");
});

Deno.test("an acknowledged incident is not repeated, and is repeated at once when the acknowledgement is withdrawn", () => {
  const story = new Story();
  const say = (known: boolean): void => {
    const { incident, now } = story;
    story.incident = known ? acknowledged(incident!, { by: "li", now }) : unacknowledged(incident!, now);
  };
  story.at(0, 0);
  say(true);
  equal(story.at(100, 0), "re-sent");
  equal(story.at(240, 0), "acknowledged");
  equal(story.at(241, 241), "acknowledged");
  say(false);
  equal(story.at(242, 241), "still after 1");
});

Deno.test("after a long silence the same start is still what a person acknowledged, and a new one is not", () => {
  for (const [start, heard, known] of [[0, "acknowledged", true], [2_000, "repeat", false]] as const) {
    const story = new Story();
    story.at(0, 0);
    story.incident = retired(
      acknowledged(story.incident!, { by: "li", now: story.now }),
      START + DAY,
    );
    equal(story.at(2_000, start), heard);
    equal(story.incident!.known, known);
  }
});

Deno.test("a group that joins hears of a re-send as its first", () => {
  const story = new Story();
  story.at(0, 0);
  const { windows: _, ...rest } = story.incident!;
  story.incident = { ...rest, windows: {} };
  equal(story.at(10, 0), "first");
});

Deno.test("when an early version told a group stands nowhere: what still fires is told after the window", () => {
  const story = new Story();
  story.at(0, 0);
  const { at: _, ...window } = story.incident!.windows["ops/default"]!;
  story.incident = { ...story.incident!, windows: { "ops/default": window as Window } };
  equal([story.at(4, 0), story.at(6, 0), story.at(12, 0)], ["re-sent", "still", "re-sent"]);
});

/** The possible next events. */
type Event = "re-send" | "new start" | "rise" | "resolved";
const event = fc.record({
  what: fc.constantFrom<Event>("re-send", "re-send", "re-send", "new start", "new start", "rise", "resolved"),
  wait: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 500 })),
  restart: fc.boolean(),
});

/** The rule's state of an open incident; times are minutes. */
interface Open {
  readonly told: number;
  readonly until: number;
  readonly worst: Severity;
  severity: Severity;
  folded: number;
}

/** A second, simple implementation of the rule: the outcome of each alert for a group. */
class Rule {
  #open: Open | undefined;
  #start = 0;
  readonly #window: number;
  readonly #repeat: number;

  constructor({ window, repeat }: { window: number; repeat: number }) {
    this.#window = window;
    this.#repeat = repeat;
  }

  /** @returns the alert of the event, and its outcome. */
  next(what: Event, minute: number): { start: number; status: Status; severity: Severity; heard: string } {
    const open = this.#open;
    const say = (heard: string, severity: Severity): ReturnType<Rule["next"]> => ({
      start: this.#start,
      status: what === "resolved" ? "resolved" : "firing",
      severity,
      heard,
    });
    if (!open) {
      this.#start = minute;
      if (what === "resolved") return say("nothing_open", "info");
      this.#open = this.#told(minute, "info");
      return say("first", "info");
    }
    const { folded, severity: before } = open;
    const after = folded > 0 ? ` after ${folded}` : "";
    if (what === "resolved") {
      this.#open = undefined;
      return say(`resolved${after}`, before);
    }
    if (what === "new start") this.#start = minute;
    const severity = what === "rise" ? SEVERITIES[Math.max(0, SEVERITIES.indexOf(before) - 1)]! : before;
    open.severity = severity;
    if (SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(open.worst)) {
      this.#open = this.#told(minute, severity);
      return say(`changed${after}`, severity);
    }
    const isNew = what === "new start";
    const due = isNew ? open.until : Math.max(open.until, open.told + this.#repeat);
    if (minute < due) {
      if (isNew) open.folded++;
      return say(isNew ? "folded" : "re-sent", severity);
    }
    this.#open = this.#told(minute, severity);
    return say((isNew ? "repeat" : "still") + after, severity);
  }

  #told(minute: number, severity: Severity): Open {
    return { told: minute, until: minute + this.#window, worst: severity, severity, folded: 0 };
  }
}

Deno.test("whatever order re-sends, new starts, rises and ends come in, each is told as the rule says, through restarts", () => {
  equal(SEVERITIES, ["critical", "error", "warning", "info"]);
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 60 }),
      fc.record({ window: fc.constantFrom(0, 5, 30, 600), repeat: fc.constantFrom(0, 60, 240) }),
      (events, { window, repeat }) => {
        const rule = new Rule({ window, repeat });
        const story = new Story({ window: window * MINUTE, repeat: repeat * MINUTE });
        let minute = 0;
        for (const { what, wait, restart } of events) {
          minute += wait;
          if (restart && story.incident?.closedAt === null) {
            const memory = new CurrentIncidents();
            memory.set(JSON.parse(JSON.stringify(story.incident)));
            story.incident = memory.get("f");
          }
          const { heard, start, ...more } = rule.next(what, minute);
          equal(story.at(minute, start, more), heard, `${what} at minute ${minute}`);
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** Severity is not part of the identity, so that it can rise; flapping has a rule of its own and is off. */
const NOT_DAMPED = `
ignore_labels: [severity]
groups:
  - { owner: default, level: default, flap: { count: 0 }, destinations: [{ channel: inbox }] }`;

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";
  Deno.test(`on ${store}, what is stored decides in the same way after a restart, and the ledger counts every alert`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 14 }), async (events) => {
        await using house = await scene({ exclusive, now: START, yaml: NOT_DAMPED });
        const rule = new Rule({ window: 5, repeat: 240 });
        let minute = 0;
        const counts = { told: 0, folded: 0, suppressed: 0 };
        for (const { what, wait, restart } of events) {
          minute += wait;
          if (restart) await house.restart();
          await house.house.advance(wait * MINUTE);
          const { heard, start, status, severity } = rule.next(what, minute);
          const startsAt = new Date(START + start * MINUTE).toISOString();
          await house.fire({ status, labels: { severity }, startsAt });
          const [logged] = await house.house.relay.store.log.newest(1);
          const { outcome } = logged!.routing[0]!;
          equal(inWords(outcome), heard, `${what} at minute ${minute}`);
          counts[outcome.kind]++;
        }
        const period = { from: START, to: START + (Math.floor(minute / 60) + 1) * HOUR };
        const { heard, addsUp } = await sum(period, house.house.relay.store.records);
        const suppressed = Object.values(heard.suppressed).reduce((all, count) => all + count, 0);
        equal([{ ...heard, suppressed }, addsUp], [counts, true]);
      }),
      { numRuns: exclusive ? 8 : 4 },
    );
  });
}
