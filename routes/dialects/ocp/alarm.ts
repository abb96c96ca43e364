import type { Alert, Authored, IncomingAlert, Labels, Link, Status } from "../../../relay/domain/alert.ts";
import type { Severity } from "../../../relay/domain/severity.ts";
import { cut, oneLine } from "../../../relay/base/text.ts";
import { ocpLevelOf } from "./level.ts";
import {
  isRecoveryMessage,
  ocpDuration,
  ocpTime,
  startOf,
  variablesInMessage,
  withoutTimes,
} from "./message.ts";
import { mentionsIn } from "../dingtalk_message.ts";
import { labelsOfTarget } from "./target.ts";
import type { OcpVariables } from "./variables.ts";

/** The parsed request of an OCP channel. `own`: an alarm that this relay's channel `ocp` pushed to OCP. */
export type OcpSent =
  | { readonly kind: "alarm" | "test"; readonly incoming: IncomingAlert }
  | { readonly kind: "own" };

/** The part of a message that is searched for the lines of a template; the log stores about as much. */
const READ_CHARS = 20_000;

/** Words of `alarm_status`, in lower case. */
const RESOLVED = new Set(
  [
    "inactive",
    "cleared",
    "resolved",
    "recovered",
    "已消除",
    "已恢复",
    "已恢復",
    "已清除",
    "已解除",
    "恢复",
    "消除",
  ],
);
const ONGOING = new Set(["active", "firing", "告警中", "警示中", "已触发", "silenced", "inhibited"]);

/** Variables that identify an alarm: a test message lacks all of them. */
const ALARM_NAMES = ["alarm_type", "alarm_target", "alarm_id", "alarm_name", "alarm_summary", "alarm_level"];

/** Variables that are shown elsewhere, or that only OCP's own channels need. */
const NO_LABELS = new Set([
  "message",
  "message_json",
  "alarm_description",
  "alarm_summary",
  "alarm_url",
  "alarm_level_color",
  "recipients_uids",
  "at_recipients",
  "recipients_json_array",
  "receiver",
]);

/** The mark of an alarm that a relay pushed: see the channel `ocp`. */
const OWN_TARGET = /(?:^|[\s:：，,])fenghuo=[0-9a-f]{8,}/;

/** The alarm that an OCP channel sent. `now`: when it was received. */
export function ocpAlarmOf(
  variables: OcpVariables,
  { severities, now, authenticated }: {
    severities: ReadonlyMap<string, Severity>;
    now: number;
    /** Whether the sender is authenticated: only then its markup and mentions are passed on. */
    authenticated: boolean;
  },
): OcpSent {
  const message = variables.get("message") ?? "";
  const shown = variablesInMessage(message.slice(0, READ_CHARS));
  const isAlarm = ALARM_NAMES.some((name) => isReal(variables.get(name), name)) || isRealMessage(message);
  const words = authenticated ? message.trim() : withoutHeadings(message);
  const authored = authenticated && words !== "" ? { authored: authoredOf(variables) } : {};
  if (!isAlarm) {
    const test = testMessage(words, now);
    return { kind: "test", incoming: { ...test, alert: { ...test.alert, ...authored } } };
  }
  const get = (name: string): string | undefined => variables.get(name) ?? shown.get(name);
  if (variables.get("origin") === "fenghuo" || OWN_TARGET.test(get("alarm_target") ?? "")) {
    return { kind: "own" };
  }

  const status = statusOf(variables, message, shown);
  const { severity, severityText } = ocpLevelOf(get("alarm_level"), severities);
  const times = timesOf(get, { status, now });
  const summary = get("alarm_summary") ?? "";
  const description = get("alarm_description") ?? "";
  const text = words || [summary, description].filter(Boolean).join("\n");
  return {
    kind: "alarm",
    incoming: {
      identity: identityOf(variables, message, shown),
      alert: {
        dialect: "ocp_channel",
        status,
        severity,
        ...severityText === undefined ? {} : { severityText },
        title: titleOf(get, message),
        text,
        // A message of several lines comes from the operator's own template, with level, target and time in it.
        ...message.trim().includes("\n") ? { verbatim: true as const } : {},
        ...authored,
        ...isStatusStated(variables, message, shown) ? {} : { statusAssumed: true as const },
        labels: labelsOf(variables, get),
        annotations: { ...summary && { summary }, ...description && { description } },
        ...times,
        links: linksOf(get("alarm_url")),
      },
    },
  };
}

/** Whether a variable has a value: otherwise OCP writes nothing, the variable, its name, or a dash. */
function isReal(value: string | undefined, name: string): boolean {
  return value !== undefined && value !== name &&
    !/^(?:-+|null|none|n\/a|test|测试|測試)$/i.test(value.trim());
}

/** Whether a message is a filled template. OCP's test message leaves the variables in it, or names itself a test. */
function isRealMessage(message: string): boolean {
  if (message.trim() === "") return false;
  if (/\$\{(?:alarm_(?:name|level|target|summary|active_at|type)|message)\}/.test(message)) return false;
  const isShort = message.trim().length < 200 && !message.trim().includes("\n");
  return !(isShort && /测试|測試|\btest\b/i.test(message));
}

function testMessage(message: string, now: number): IncomingAlert {
  return {
    // Each test is an incident of its own: two presses of the button notify twice.
    identity: { test: `${now}-${crypto.randomUUID()}` },
    alert: {
      dialect: "ocp_channel",
      status: "firing",
      severity: "info",
      title: "[测试 TEST] OCP 测试消息 / test message",
      text: message || "OCP 的通道可以送达。OCP's channel works.",
      labels: { origin: "ocp", test: "true" },
      annotations: {},
      startsAt: now,
      endsAt: null,
      links: [],
    },
  };
}

/**
 * First the recovery template, then the status variable, then the time of resolution, which may be from an earlier
 * alarm.
 */
function statusOf(variables: OcpVariables, message: string, shown: ReadonlyMap<string, string>): Status {
  if (isRecoveryMessage(message)) return "resolved";
  const word = variables.get("alarm_status")?.trim().toLowerCase() ?? "";
  if (RESOLVED.has(word)) return "resolved";
  if (ONGOING.has(word)) return "firing";
  return (variables.get("alarm_resolved_at") ?? shown.get("alarm_resolved_at")) === undefined
    ? "firing"
    : "resolved";
}

/** Whether OCP or its template states the status. */
function isStatusStated(
  variables: OcpVariables,
  message: string,
  shown: ReadonlyMap<string, string>,
): boolean {
  const word = variables.get("alarm_status")?.trim().toLowerCase() ?? "";
  return RESOLVED.has(word) || ONGOING.has(word) || statusOf(variables, message, shown) === "resolved";
}

/** Operators write their template in a robot's markdown; a program that sends to a robot may send plain text. */
function authoredOf({ robot }: OcpVariables): Authored {
  const mentions = mentionsIn(robot?.at);
  return {
    markup: "dingtalk",
    form: robot?.form ?? "markdown",
    ...mentions === undefined ? {} : { mentions },
  };
}

type AlarmTimes = Pick<Alert, "startsAt" | "endsAt"> & Partial<Pick<Alert, "startAssumed">>;

function timesOf(
  get: (name: string) => string | undefined,
  { status, now }: { status: Status; now: number },
): AlarmTimes {
  const lasted = ocpDuration(get("alarm_last_interval") ?? get("alarm_duration"));
  const began = ocpTime(get("alarm_active_at") ?? get("alarm_time"));
  if (status === "firing") return { ...startOf(began, now), endsAt: null };
  const computed = began !== null && lasted ? began + lasted : now;
  const ended = ocpTime(get("alarm_resolved_at")) ?? ocpTime(get("alarm_updated_at")) ?? computed;
  return { startsAt: began ?? (lasted ? ended - lasted : null), endsAt: ended };
}

/** The common identity of firing and recovery, from the most reliable variables. */
function identityOf(variables: OcpVariables, message: string, shown: ReadonlyMap<string, string>): Labels {
  const [type, target, id] = ["alarm_type", "alarm_target", "alarm_id"].map((name) => variables.get(name));
  if (type !== undefined && target !== undefined) return { alarm_type: type, alarm_target: target };
  if (id !== undefined) return { alarm_id: id };
  // Both of OCP's default templates show the target and the details.
  const [shownTarget, details] = ["alarm_target", "alarm_description"].map((name) => shown.get(name));
  if (shownTarget && details) return { alarm_target: shownTarget, details: withoutTimes(details) };
  return { message: withoutTimes(message || [type, target, variables.get("alarm_name")].join(" ")) };
}

function titleOf(get: (name: string) => string | undefined, message: string): string {
  const name = get("alarm_name") ?? get("alarm_type") ??
    message.split("\n").map((line) => line.replace(/^[\s#*-]+/, "").trim()).find(Boolean) ??
    get("alarm_target") ??
    "OCP";
  const count = Number(get("alarm_count") ?? 1);
  return cut(oneLine(name) || "OCP", { chars: 150 }) + (count > 1 ? ` ×${count}` : "");
}

function labelsOf(variables: OcpVariables, get: (name: string) => string | undefined): Labels {
  const names = new Set([...variables.names(), "alarm_level", "alarm_target"]);
  const labels = [...names].filter((name) => !NO_LABELS.has(name)).flatMap((name): [string, string][] => {
    const value = name === "value" ? get("value_shown") ?? get(name) : get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...labelsOfTarget(get("alarm_target") ?? ""), ...Object.fromEntries(labels), origin: "ocp" };
}

function linksOf(url: string | undefined): Link[] {
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url) ? [{ kind: "source", url }] : [];
}

/** An unauthenticated sender's markup is shown as text, so the marks of headings are removed. */
function withoutHeadings(message: string): string {
  return message.replace(/^[ \t]*#{1,6}[ \t]+/gm, "").trim();
}
