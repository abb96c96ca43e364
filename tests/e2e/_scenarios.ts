import { REPEAT, type Scenario } from "./_same_stream.ts";

/** All scenarios are over at this second. */
export const UNTIL = 64;

const NAME = ["alertname"];

/** The notifications of both, or those of each with the reason of the difference. */
export type Expected =
  | { readonly both: readonly string[] }
  | { readonly alertmanager: readonly string[]; readonly fenghuo: readonly string[]; readonly why: string };

const OLDEST =
  "A message group repeats `repeat_interval` after the oldest message about its alerts, not after the last one: a message has only the alerts that changed.";

/** Scenarios with the notifications that they lead to: `5 A+ B+` at the fifth second. */
export const SCENARIOS: readonly (Scenario & Expected)[] = [
  {
    name: "one-alert",
    groupBy: NAME,
    steps: [{ at: 1, fire: { instance: "A" } }, { at: 40, resolve: "A" }],
    both: ["5 A+", "37 A*", "45 A-"],
  },
  {
    name: "later-alerts",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 2, fire: { instance: "B" } },
      { at: 7, fire: { instance: "C" } },
    ],
    alertmanager: ["5 A+ B+", "13 C+", "45 A* B* C*"],
    fenghuo: ["5 A+ B+", "13 C+", "37 A* B* C*"],
    why: OLDEST,
  },
  {
    name: "resolved",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 1, fire: { instance: "B" } },
      { at: 8, resolve: "A" },
      { at: 15, resolve: "B" },
    ],
    both: ["5 A+ B+", "13 A-", "21 B-"],
  },
  {
    name: "over-within-the-wait",
    groupBy: NAME,
    steps: [{ at: 1, fire: { instance: "A" } }, { at: 2, resolve: "A" }],
    alertmanager: [],
    fenghuo: ["5 A-"],
    why:
      "An alert that begins and ends before the first flush is sent as resolved: people see that it happened.",
  },
  {
    name: "flap-between-flushes",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 7, resolve: "A" },
      { at: 9, fire: { instance: "A" } },
    ],
    alertmanager: ["5 A+", "37 A*"],
    fenghuo: ["5 A+", "13 A+", "45 A*"],
    why:
      "An alert that ends and fires again between two flushes is sent as firing again: it is a new occurrence.",
  },
  {
    name: "fires-again",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 7, resolve: "A" },
      { at: 15, fire: { instance: "A" } },
    ],
    both: ["5 A+", "13 A-", "21 A+", "53 A*"],
  },
  {
    name: "inhibited-then-lifted",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "S", labels: { alertname: "Down", severity: "critical", host: "h" } } },
      { at: 2, fire: { instance: "T", labels: { alertname: "Slow", severity: "warning", host: "h" } } },
      { at: 2, fire: { instance: "U", labels: { alertname: "Load", severity: "warning", host: "other" } } },
      { at: 8, resolve: "S" },
    ],
    both: ["5 S+", "6 U+", "13 S-", "14 T+", "38 U*", "46 T*"],
  },
  {
    name: "inhibited-later",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "T", labels: { alertname: "Slow", severity: "warning", host: "h" } } },
      { at: 6, fire: { instance: "S", labels: { alertname: "Down", severity: "critical", host: "h" } } },
      { at: 20, resolve: "T" },
    ],
    alertmanager: ["5 T+", "10 S+", "42 S*"],
    fenghuo: ["5 T+", "10 S+", "21 T-", "42 S*"],
    why: "A group that was notified of an alert before it was inhibited is notified of its end, too.",
  },
  {
    name: "inhibited-to-the-end",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "S", labels: { alertname: "Down", severity: "critical", host: "h" } } },
      { at: 2, fire: { instance: "T", labels: { alertname: "Slow", severity: "warning", host: "h" } } },
      { at: 6, resolve: "T" },
      { at: 20, resolve: "S" },
    ],
    both: ["5 S+", "21 S-"],
  },
  {
    name: "inhibited-by-a-silenced-alert",
    groupBy: NAME,
    steps: [
      { at: 0, silence: { instance: "S", until: 100 } },
      { at: 1, fire: { instance: "S", labels: { alertname: "Down", severity: "critical", host: "h" } } },
      { at: 2, fire: { instance: "T", labels: { alertname: "Slow", severity: "warning", host: "h" } } },
    ],
    both: [],
  },
  {
    name: "silenced-then-lifted",
    groupBy: NAME,
    steps: [
      { at: 0, silence: { instance: "A", until: 11 } },
      { at: 1, fire: { instance: "A" } },
    ],
    both: ["13 A+", "45 A*"],
  },
  {
    name: "silence-ended-early",
    groupBy: NAME,
    steps: [
      { at: 0, silence: { instance: "A", until: 60 } },
      { at: 1, fire: { instance: "A" } },
      { at: 1, fire: { instance: "B" } },
      { at: 10, unsilence: "A" },
    ],
    alertmanager: ["5 B+", "13 A+", "45 A* B*"],
    fenghuo: ["5 B+", "13 A+", "37 A* B*"],
    why: OLDEST,
  },
  {
    name: "silenced-later",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 6, silence: { instance: "A", until: 60 } },
      { at: 20, resolve: "A" },
    ],
    both: ["5 A+"],
  },
  {
    name: "not-sent-again",
    groupBy: NAME,
    steps: [{ at: 1, fire: { instance: "A", once: 10 } }],
    both: ["5 A+", "13 A-"],
  },
  {
    name: "by-all-labels",
    groupBy: ["..."],
    steps: [{ at: 1, fire: { instance: "A" } }, { at: 3, fire: { instance: "B" } }],
    both: ["5 A+", "7 B+", "37 A*", "39 B*"],
  },
  {
    name: "by-no-label",
    groupBy: [],
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 1, fire: { instance: "B", labels: { alertname: "Load" } } },
    ],
    both: ["5 A+ B+", "37 A* B*"],
  },
  {
    name: "began-long-ago",
    groupBy: NAME,
    steps: [{ at: 1, fire: { instance: "A", startsAt: -REPEAT } }, { at: 3, fire: { instance: "B" } }],
    alertmanager: ["1 A+", "9 B+", "41 A* B*"],
    fenghuo: ["1 A+", "9 B+", "33 A* B*"],
    why: OLDEST,
  },
  {
    name: "a-new-group-later",
    groupBy: NAME,
    steps: [
      { at: 1, fire: { instance: "A" } },
      { at: 6, resolve: "A" },
      { at: 48, fire: { instance: "B" } },
    ],
    both: ["5 A+", "13 A-", "52 B+"],
  },
];
