import { type Alert, labelOf } from "./alert.ts";

/** A test alert ends after this many milliseconds without another one, because no sender resolves it. */
const TEST_CLEARS_AFTER = 5 * 60_000;

/** The names that the README's first examples and `deno task send` use; OCP's alarm types have no capitals. */
const OWN_NAME = /^(?:HelloFenghuo|hello_fenghuo)\b/;

/** Recognises one sender's test alerts, by features that no real alert of the sender has. */
type IsTest = (alert: Pick<Alert, "dialect" | "title" | "text" | "labels">) => boolean;

const TESTS: readonly IsTest[] = [
  ({ title }) => OWN_NAME.test(title),
  // Grafana's "Test" button. An alert of a rule has the rule's folder, a test has none.
  // Source: newTestAlert in https://github.com/grafana/alerting
  ({ labels }) =>
    labelOf(labels, "alertname") === "TestAlert" && labelOf(labels, "instance") === "Grafana" &&
    labelOf(labels, "grafana_folder") === undefined,
  // The same button of Grafana's legacy alerting.
  ({ dialect, title, text }) =>
    dialect === "grafana" && title === "Test notification" && /^Someone is testing the alert/.test(text),
  // OCP's "test" button: the dialect recognises the message and sets the label.
  ({ dialect, labels }) =>
    dialect === "ocp_channel" && labelOf(labels, "origin") === "ocp" && labelOf(labels, "test") === "true",
];

/** Whether an alert is a test of the connection. */
export function isTest(alert: Parameters<IsTest>[0]): boolean {
  return TESTS.some((matches) => matches(alert));
}

/** The alert, with a time after which it ends if it is a test. Groups are notified of tests like of any other alert. */
export function withTestEnd(alert: Alert): Alert {
  return alert.clearsAfter === undefined && isTest(alert)
    ? { ...alert, clearsAfter: TEST_CLEARS_AFTER }
    : alert;
}
