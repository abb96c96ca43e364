import { type Alert, labelOf } from "./alert.ts";

/** A test is over after so many milliseconds without another one: nobody ever says that it is. */
const TEST_CLEARS_AFTER = 5 * 60_000;

/** What the first lines to paste and `deno task send` call what they send; OCP's alarm types have no capitals. */
const OWN_NAME = /^(?:HelloFenghuo|hello_fenghuo)\b/;

/** What makes a test recognisable: all that its sender puts into it, and nothing that a real alert of that name would have. */
type IsTest = (alert: Pick<Alert, "dialect" | "title" | "text" | "labels">) => boolean;

const TESTS: readonly IsTest[] = [
  ({ title }) => OWN_NAME.test(title),
  // Grafana's button "Test". Every alert of a rule has the rule's folder.
  // Source: newTestAlert in https://github.com/grafana/alerting
  ({ labels }) =>
    labelOf(labels, "alertname") === "TestAlert" && labelOf(labels, "instance") === "Grafana" &&
    labelOf(labels, "grafana_folder") === undefined,
  // The same button of its older alerting.
  ({ dialect, title, text }) =>
    dialect === "grafana" && title === "Test notification" && /^Someone is testing the alert/.test(text),
  // OCP's button: its message says so, or still has the variables in it.
  ({ dialect, labels }) =>
    dialect === "ocp_channel" && labelOf(labels, "origin") === "ocp" && labelOf(labels, "test") === "true",
];

/** Whether an alert only tries the way, and tells of no trouble. */
export function isTest(alert: Parameters<IsTest>[0]): boolean {
  return TESTS.some((matches) => matches(alert));
}

/** The alert as it is kept: a test ends by itself. It is told like any other. */
export function withTestEnd(alert: Alert): Alert {
  return alert.clearsAfter === undefined && isTest(alert)
    ? { ...alert, clearsAfter: TEST_CLEARS_AFTER }
    : alert;
}
