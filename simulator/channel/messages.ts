/**
 * Messages in the form that a relay gives to a channel, made by hand: with the values that a test needs, or hostile
 * in every part.
 *
 * @module
 */
import type { LabelledLink, Link, Member, Message, MessageAlert } from "../../relay/channel.ts";

/** 2026-03-01T08:00:00Z */
export const NOW = 1_772_352_000_000;

/** A link of an alert. */
export function link(url: string, title = "查看"): Link & LabelledLink {
  return { kind: "source", title, url };
}

/** An alert with the given values. */
export function alert(own: Partial<MessageAlert> = {}): MessageAlert {
  return {
    id: "01JNB2ZK6Q0000000000000000-000",
    fingerprint: "f1",
    reason: "first",
    folded: 0,
    status: "firing",
    severity: "critical",
    title: "DiskFull",
    text: "node-3 is 97 % full",
    labels: { alertname: "DiskFull", instance: "node-3" },
    annotations: {},
    startsAt: NOW - 60_000,
    endsAt: null,
    words: { status: "告警中", severity: "严重", began: "2026-03-01 15:59:00", lasted: "1 分" },
    links: [],
    ...own,
  };
}

/** A message about one alert, or about the given ones. */
export function message(own: Partial<Message> = {}): Message {
  const alerts = own.alerts ?? [alert({ links: own.links?.map(({ url, title }) => link(url, title)) ?? [] })];
  return {
    id: "01JNB2ZK6Q0000000000000000-000-0",
    group: "ops/default",
    reason: "first",
    status: "firing",
    severity: "critical",
    title: "DiskFull",
    subject: own.name ?? "DiskFull",
    name: "DiskFull",
    thread: "f1",
    body: "firing: node-3 is 97 % full",
    alerts,
    recipients: [],
    links: alerts[0]?.links ?? [],
    locale: "zh",
    timezone: "Asia/Shanghai",
    words: {
      status: "告警中",
      severity: "严重",
      open: "查看",
      acknowledge: "确认",
      take: "接手",
      snooze: "暂停通知 1 小时",
    },
    plain: false,
    ...own,
  };
}

/** People: one whom every vendor can reach, one with a mobile only, one with a mail address only. */
export const PEOPLE: readonly Member[] = [
  { id: "li.lei", name: "李雷", dingtalk: "user1", mobile: "13800000000", wecom: "LiLei" },
  { id: "han.mei", mobile: "13900000000" },
  { id: "ghost", email: "ghost@example.com" },
];

/** Texts that break hand-built JSON, URLs and markup. */
export const HOSTILE: Readonly<Record<string, string>> = {
  "quotes and backslashes": `"'\\\`$\{x}%s{{y}}`,
  newlines: "one\r\ntwo\n\n\nthree\u2028four\tfive",
  emoji: "🔥👨‍👩‍👧‍👦".repeat(40),
  "lone surrogates": "a\ud83db\udd25c",
  markup: `</script><img src=x onerror=alert(1)> **b** [l](http://x) ![i](y) <!-- ]]>`,
  control: "\u0000\u0001\u001b[31m\u007f\ufeff",
  nothing: "",
  "15,000 bytes of Chinese": "磁盘已满".repeat(1_250),
};

/** A message whose every part is the text. */
export function everyPart(text: string, people: readonly Member[] = PEOPLE): Partial<Message> {
  const title = Array.from(text.replace(/\s+/g, " ")).slice(0, 100).join("");
  const links = [
    link("https://prom.example.com/graph?a=%22%26&b=机#x", title),
    link("https://x.example.com/", "x"),
  ];
  const labels = { [text]: text, constructor: text };
  return {
    title,
    body: text,
    links,
    recipients: people,
    alerts: [alert({ title, text, links, labels, annotations: labels })],
  };
}

/** Named messages that break a hand-built request, within these limits of a body. */
export function hostileMessages(
  { bodyBytes = 100_000, people = PEOPLE }: {
    bodyBytes?: number | undefined;
    people?: readonly Member[];
  } = {},
): [string, Partial<Message>][] {
  const bytes = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length;
  const fitting = Object.entries(HOSTILE).filter(([, text]) => bytes(text) <= bodyBytes);
  return [
    ...fitting.map(([name, text]): [string, Partial<Message>] => [name, everyPart(text, people)]),
    ["a plain message", { ...everyPart("plain", people), plain: true }],
    ["a resolved message", { ...everyPart("over", people), status: "resolved", reason: "resolved" }],
    ["a message to nobody, about nothing", { alerts: [], links: [], recipients: [] }],
    ["a message of a hundred alerts", {
      alerts: Array.from({ length: 100 }, () => alert({ links: [link("https://x.example.com/")] })),
    }],
  ];
}
