import { cut, isEvent, type Message, utf8Bytes } from "../../relay/channel.ts";

/** The most bytes of one variable: https://open.dingtalk.com/document/orgapp/create-and-deliver-cards */
export const VALUE_BYTES = 1_000;

/** The values of all variables of the template: an update keeps the old value of an omitted variable. */
export function valuesOf(message: Message): Record<string, string> {
  const { words, group, actions, links, alerts: [alert] } = message;
  const values = {
    title: titleOf(message),
    body: message.body.trim() || titleOf(message),
    state: stateOf(message),
    status: words.status,
    severity: words.severity,
    event: words.event ?? words.handled ?? "",
    group,
    began: alert?.words.began ?? "",
  };
  const addresses = {
    url: actions?.open ?? links[0]?.url ?? "",
    acknowledgeUrl: actions?.acknowledge ?? "",
    takeUrl: actions?.take ?? "",
  };
  const codes = {
    acknowledgeCode: actions?.codes?.acknowledge ?? "",
    takeCode: actions?.codes?.take ?? "",
    snoozeCode: actions?.codes?.snooze ?? "",
    notice: "",
  };
  return {
    ...codes,
    ...mapped(values, (value) => cut(value, { bytes: VALUE_BYTES })),
    ...mapped(addresses, (url) => utf8Bytes(url) <= VALUE_BYTES ? url : ""), // a cut address is useless
  };
}

/** The incident's state; once its acknowledgement is withdrawn, it is `firing` again. */
function stateOf({ reason, status }: Message): string {
  return isEvent(reason) && reason !== "unacknowledged" ? reason : status;
}

function mapped<K extends string>(
  values: Readonly<Record<K, string>>,
  change: (value: string) => string,
): Record<K, string> {
  const entries = Object.entries<string>(values).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<K, string>;
}

/** DingTalk refuses an empty title. */
export function titleOf({ title, severity }: Message): string {
  return title.trim() || severity;
}
