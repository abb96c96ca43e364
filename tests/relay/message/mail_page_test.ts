/** The HTML of a mail in mail clients: its size, without styles, in dark mode, and with many alerts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import { renderDigest } from "../../../relay/message/digest.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { PAGE_BYTES } from "../../../relay/message/mail.ts";
import type { MailData } from "../../../relay/message/mail_data.ts";
import { render } from "../../../relay/message/render.ts";
import type { Rendered, RenderOptions } from "../../../relay/message/render_options.ts";
import { entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const START = Date.UTC(2026, 10, 20, 2, 43);
const SITE = "https://fenghuo.example.com";

const waiting: Alert = {
  dialect: "alertmanager",
  status: "firing",
  severity: "warning",
  title: "KubeContainerWaiting",
  text: "Pod container waiting longer than 1 hour",
  labels: { alertname: "KubeContainerWaiting", namespace: "staging", pod: "worker-000", container: "app" },
  annotations: { summary: "Pod container waiting longer than 1 hour" },
  startsAt: START,
  endsAt: null,
  links: [{ kind: "runbook", url: "https://runbooks.example.com/waiting" }],
};

function pods(count: number, own: Partial<Alert> = {}): Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const labels = { ...waiting.labels, pod: `worker-${String(index).padStart(3, "0")}` };
    return entry({ ...waiting, labels, ...own }, index);
  });
}

function mail(
  entries: readonly Entry[],
  { locale = "zh", write = render, ...more }: Partial<RenderOptions> & {
    locale?: Locale;
    write?: (entries: readonly Entry[], options: RenderOptions) => Rendered;
  } = {},
): { html: string; text: string; data: MailData; rendered: Rendered } {
  let data: MailData | undefined;
  const rendered = write(entries, {
    now: START + 480_000,
    group: group({ locale }),
    form: "html",
    limits: { alerts: 200, bodyBytes: 90_000 },
    rewrite: (url) => url,
    messageId: (ids) => ids.join("+").slice(0, 50),
    publicUrl: SITE,
    ...more,
    templates: {
      ...templates,
      mail: (given) => {
        const page = templates.mail(given);
        if (bytesOf(page) <= PAGE_BYTES) data = given; // of those that fit, the last is the largest
        return page;
      },
    },
  });
  assert.ok(data, "no page fits");
  return { html: rendered.message.html ?? "", text: rendered.message.body, data, rendered };
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** The HTML as a mail client shows it that removes all styles. */
function unstyled(html: string): string {
  return html.replace(/<(style|title)>[^]*?<\/\1>/g, "").replace(/<br>|<\/(?:td|th|p|h1|tr|div)>/g, "\n")
    .replace(/<[^>]+>/g, "").replaceAll("&amp;", "&").replace(/[ \t]+/g, " ");
}

/** The number of alerts that a page says it does not list. */
function unlistedIn({ unlisted }: MailData): number {
  return Number(/\d+/.exec(unlisted)?.[0] ?? 0);
}

Deno.test("170 alike alerts are one row, which names each of them, in under 30 KB", () => {
  const { html, data: { rows } } = mail(pods(170));
  assert.equal(rows.length, 1);
  assert.deepEqual([rows[0]!.times, rows[0]!.where], ["×170", "staging"]);
  for (let index = 0; index < 170; index++) {
    assert.ok(html.includes(`worker-${String(index).padStart(3, "0")}`), `${index}`);
  }
  assert.ok(bytesOf(html) < 30_000, `${bytesOf(html)}`);
});

Deno.test("three alike alerts have a row each, and four share one", () => {
  const rowsOf = (count: number): number => mail(pods(count)).data.rows.length;
  assert.deepEqual([1, 2, 3, 4].map(rowsOf), [1, 2, 3, 1]);
});

Deno.test("a row of several says what they share, and with each object what only that one says", () => {
  const entries = pods(4).map((one, index) => ({
    ...one,
    alert: { ...one.alert, labels: { ...one.alert.labels, reason: index < 2 ? "OOMKilled" : "Error" } },
  }));
  const { rows: [row] } = mail(entries).data;
  assert.deepEqual(row!.objects.slice(0, 3), [
    "worker-000 · reason=OOMKilled",
    "worker-001 · reason=OOMKilled",
    "worker-002 · reason=Error",
  ]);
  assert.equal(row!.summary, "Pod container waiting longer than 1 hour");
});

Deno.test("each address is in the page once, and what is over has only its own page", () => {
  const links: Alert["links"] = [
    { kind: "runbook", url: "https://runbooks.example.com/waiting" },
    { kind: "source", url: "https://prom.example.com/graph" },
  ];
  const entries = [
    ...pods(3, { links }),
    ...pods(2, { links, status: "resolved", endsAt: START + 60_000 }),
    ...pods(5, { links, title: "Other" }),
  ].map((one, index) => ({ ...one, id: `d${index}`, alertId: `a${index}` }));
  const { rows } = mail(entries).data;
  assert.deepEqual(rows.map(({ title, links }) => [title, ...links.map(({ kind }) => kind)]), [
    ["KubeContainerWaiting", "relay", "runbook", "silence"],
    ["KubeContainerWaiting", "relay"],
    ["KubeContainerWaiting", "relay"],
    ["Other", "relay", "silence"],
    ["KubeContainerWaiting", "relay"],
    ["KubeContainerWaiting", "relay"],
  ]);
  const urls = rows.flatMap(({ links }) => links.map(({ url }) => url));
  assert.equal(new Set(urls).size, urls.length);
});

Deno.test("without styles, every value still has the name of its column", () => {
  const zh = unstyled(mail(pods(1)).html);
  for (
    const words of [
      "状态：告警中",
      "级别：警告",
      "对象：staging/worker-000",
      "开始时间：2026-11-20 10:43:00 已 8 分钟",
    ]
  ) {
    assert.ok(zh.includes(words), words);
  }
  const en = unstyled(mail(pods(1), { locale: "en" }).html);
  for (const words of ["Status: Firing", "Level: Warning", "Started: 2026-11-20 10:43:00 for 8 min"]) {
    assert.ok(en.includes(words), words);
  }
});

Deno.test("the page is titled like the mail, the same when it fires and when it is over", () => {
  const over = { status: "resolved", endsAt: START + 60_000 } as const;
  for (const own of [{}, over]) {
    const { html, rendered: { message } } = mail(pods(1, own));
    assert.equal(message.subject, "[警告] KubeContainerWaiting · staging/worker-000");
    assert.match(html, /<title>\[警告\] KubeContainerWaiting · staging\/worker-000<\/title>/);
  }
});

Deno.test("the page has a dark scheme of its own, in every colour that it sets", () => {
  const { html } = mail(pods(1));
  assert.match(html, /<meta name="color-scheme" content="light dark">/);
  const [, dark = ""] = /@media \(prefers-color-scheme: dark\) \{([^]*?)\n\}\n/.exec(html) ?? [];
  for (const part of ["body", ".rows", ".quiet", "a ", ".state", ".title"]) {
    assert.ok(dark.includes(part), part);
  }
});

Deno.test("the value that made it fire is among the details", () => {
  const own = { annotations: { ...waiting.annotations, value: "97.32111" } };
  assert.ok(unstyled(mail(pods(1, own)).html).includes("详情：值：97.32"));
});

Deno.test("what is over has no labels", () => {
  const labels = (own: Partial<Alert>): boolean => mail(pods(1, own)).html.includes("container=app");
  assert.deepEqual([labels({}), labels({ status: "resolved", endsAt: START + 60_000 })], [true, false]);
});

Deno.test("what a page has no room for is counted at its top, with a link, and stands in the text", () => {
  const entries = Array.from({ length: 200 }, (_, index) => {
    const title = `Alert${index}`;
    const summary = `${index} `.padEnd(200, "满");
    return entry({ ...waiting, title, text: summary, annotations: { summary } }, index);
  });
  const { html, text, data, rendered: { count } } = mail(entries);
  const unlisted = unlistedIn(data);
  assert.ok(
    unlisted > 0 && data.rows.length === count - unlisted,
    `${data.rows.length} + ${unlisted} of ${count}`,
  );
  const top = html.slice(html.indexOf("<h1"), html.indexOf("<table"));
  assert.ok(top.includes(`另有 ${unlisted} 个未列出`));
  assert.ok(top.includes(`<a href="${SITE}/incidents?group=ops%2Fdefault"`));
  assert.ok(text.includes(`Alert${count - 1}`));
  assert.ok(bytesOf(text) <= 90_000);
});

const piece = fc.constantFrom("a", "满", "🔥", '"', "'", "<b>", "&", "\u0000", "\u202e", "\ud83d", "\n", " ");
const hostile = (most: number): fc.Arbitrary<string> =>
  fc.tuple(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.constantFrom(1, 20, most)).map((
    [pieces, times],
  ) => pieces.join("").repeat(Math.ceil(times / 5)));
const hostileAlert = fc.record({
  title: hostile(400),
  text: hostile(4_000),
  severity: fc.constantFrom<Alert["severity"]>("critical", "error", "warning", "info"),
  status: fc.constantFrom<Alert["status"]>("firing", "resolved"),
  label: hostile(400),
  labels: fc.integer({ min: 0, max: 40 }),
  description: hostile(20_000),
  links: fc.integer({ min: 0, max: 12 }),
  address: fc.constantFrom(10, 500, 8_000),
});

Deno.test("whatever the values and however many alerts, a page has at most 90 KB and accounts for each alert", () => {
  fc.assert(
    fc.property(
      fc.array(hostileAlert, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 3, 30, 200),
      fc.boolean(),
      fc.constantFrom(render, renderDigest),
      (kinds, count, isAlike, write) => {
        const entries = Array.from({ length: count }, (_, index) => {
          const { title, text, severity, status, label, labels, description, links, address } =
            kinds[index % kinds.length]!;
          const own = Array.from({ length: labels }, (_, at) => [`${at}${label.slice(0, 20)}`, label]);
          return entry({
            ...waiting,
            title: isAlike ? title : `${index} ${title}`,
            text,
            severity,
            status,
            labels: { pod: `${index}${label}`, ...Object.fromEntries(own) },
            annotations: { summary: text, description },
            links: Array.from({ length: links }, (_, at) => ({
              kind: "dashboard" as const,
              url: `https://x.example/${at}?${"a&".repeat(address / 2)}`,
            })),
          }, index);
        });
        const { html, data, rendered } = mail(entries, { write });
        assert.equal(rendered.problem, undefined);
        assert.ok(bytesOf(html) <= PAGE_BYTES, `${bytesOf(html)}`);
        assert.ok(html.endsWith("</html>") && html.isWellFormed());
        const listed = data.rows.reduce((sum, { times }) => sum + Number(times.slice(1) || 1), 0);
        assert.equal(listed + unlistedIn(data), rendered.count);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("a template of an operator that cannot be short enough leaves the mail its text, and the record says why", () => {
  const long = { ...templates, mail: () => "x".repeat(PAGE_BYTES + 1) };
  const { message, problem } = render(pods(3), {
    now: 0,
    group: group(),
    form: "html",
    limits: {},
    templates: long,
    rewrite: (url) => url,
    messageId: () => "m",
  });
  assert.equal(message.html, undefined);
  assert.match(problem!, /^Template "mail\/alerts" needs more than 90000 bytes for one short alert$/);
});
