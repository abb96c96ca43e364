import assert from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { Form } from "../../../relay/channel.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { render } from "../../../relay/message/render.ts";
import type { Rendered, RenderOptions } from "../../../relay/message/render_options.ts";
import { loadTemplates } from "../../../relay/message/templates.ts";
import { entry as entryOf, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const START = Date.UTC(2026, 10, 20, 2, 43);

const firing: Alert = {
  dialect: "alertmanager",
  status: "firing",
  severity: "critical",
  title: "HighCPU",
  text: "CPU above 95 %",
  labels: { alertname: "HighCPU", instance: "db-1:9100", job: "node" },
  annotations: { summary: "CPU above 95 %", description: "for 10 minutes" },
  startsAt: START,
  endsAt: null,
  links: [{ kind: "source", url: "https://prom.example.com/graph?a=1&b=2" }],
};
const resolved: Alert = { ...firing, status: "resolved", endsAt: START + 3_900_000 };

function entry(alert: Partial<Alert> = {}, more: Partial<Entry> = {}): Entry {
  return entryOf({ ...firing, ...alert }, 1, more);
}

function renderAs(
  entries: readonly Entry[],
  { locale = "zh", form = "html", ...more }: Partial<RenderOptions> & { locale?: Locale; form?: Form } = {},
): Rendered {
  const rewrite = (url: string): string => url;
  return render(entries, {
    now: 0,
    group: group({ locale }),
    form,
    limits: {},
    templates,
    rewrite,
    messageId: (ids) => ids.join("+"),
    ...more,
  });
}

/** The texts of a page's cells, row by row, the names of the columns first. */
function cellsOf(html: string | undefined): string[][] {
  const rows = html?.match(/<tr[\s\S]*?<\/tr>/g) ?? [];
  return rows.map((row) =>
    (row.match(/<t[hd][\s\S]*?<\/t[hd]>/g) ?? []).map((cell) =>
      cell.replace(/<span class="key".*?<\/span>/, "").replace(/<br>/g, "\n").replace(/<[^>]+>/g, "").trim()
    )
  );
}

Deno.test("the page is a table with a row an alert, in the group's language and zone", () => {
  const entries = [
    entry(resolved, { id: "d2", reason: "resolved" }),
    entry({}, { reason: "repeat", folded: 12 }),
  ];
  const { message, problem } = renderAs(entries);
  assert.equal(problem, undefined);
  assert.deepEqual(cellsOf(message.html), [
    ["告警名称", "状态", "级别", "对象", "摘要", "详情", "开始时间", "恢复时间"],
    [
      "HighCPU\n来源",
      "告警中",
      "严重 · 上次通知后又发生 12 次",
      "db-1:9100",
      "CPU above 95 %",
      "for 10 minutes",
      "2026-11-20 10:43:00",
      "–",
    ],
    [
      "HighCPU",
      "已恢复",
      "严重",
      "db-1:9100",
      "CPU above 95 %",
      "for 10 minutes",
      "2026-11-20 10:43:00",
      "2026-11-20 11:48:00 持续 1 小时 5 分",
    ],
  ]);
  assert.match(message.html!, /href="https:\/\/prom\.example\.com\/graph\?a=1&amp;b=2"/);
  const english = cellsOf(renderAs(entries, { locale: "en" }).message.html);
  assert.deepEqual(english[0], [
    "Alert",
    "Status",
    "Level",
    "Where",
    "Summary",
    "Details",
    "Started",
    "Resolved",
  ]);
  assert.deepEqual(english[2]!.slice(1, 3), ["Resolved", "Critical"]);
});

Deno.test("an alert with nothing but its status has a row all the same", () => {
  const bare = { title: "", text: "", labels: {}, annotations: {}, startsAt: null, links: [] };
  const { message } = renderAs([entry(bare)]);
  assert.deepEqual(cellsOf(message.html)[1], ["未命名告警", "告警中", "严重", "–", "–", "–", "–", "–"]);
  assert.doesNotMatch(message.html!, /undefined|null/);
});

Deno.test("what an alert says is in the page once, and is never markup", () => {
  const details = (own: Partial<Alert>): string => cellsOf(renderAs([entry(own)]).message.html)[1]![5]!;
  assert.equal(details({ labels: {}, text: "a\nb", annotations: { summary: "a b", description: "c" } }), "c");
  assert.equal(details({ labels: {}, text: "a", annotations: { description: "a" } }), "a");
  assert.equal(details({ labels: {}, text: "a", annotations: { description: "b" } }), "a\nb");
  const evil = `"><script>alert(1)</script>`;
  const { html } = renderAs([
    entry({
      title: evil,
      text: evil,
      labels: { instance: evil, [evil]: evil },
      annotations: { summary: evil },
    }),
  ]).message;
  assert.doesNotMatch(html!, /<script/);
});

Deno.test("a mail of fifty alerts with endless details stays below 90 KB", () => {
  const long = "很长的说明".repeat(800);
  const entries = Array.from(
    { length: 50 },
    (_, i) => entry({ annotations: { summary: long, description: long } }, { id: `d${i}` }),
  );
  const { message, count } = renderAs(entries, { limits: { alerts: 50 } });
  assert.equal(count, 50);
  assert.ok(new TextEncoder().encode(message.html).length <= 90_000);
});

Deno.test("only the form html has a page, and a plain message has none", () => {
  const asked: string[] = [];
  const spied = {
    ...templates,
    mail: (data: Parameters<typeof templates.mail>[0]): string => {
      asked.push(data.name);
      return templates.mail(data);
    },
  };
  for (const form of ["text", "markdown"] as const) {
    assert.equal("html" in renderAs([entry()], { form, templates: spied }).message, false);
  }
  assert.equal("html" in renderAs([entry()], { plain: true, templates: spied }).message, false);
  assert.deepEqual(asked, []);
  const { message } = renderAs([entry()], { templates: spied });
  assert.deepEqual(asked, ["HighCPU db-1:9100"]);
  assert.equal(message.body, renderAs([entry()], { form: "text" }).message.body);
});

Deno.test("a page that fails is left out, and the record says so", () => {
  const broken = (): string => {
    throw new Error("no such thing");
  };
  for (const [mail, why] of [[broken, "failed: no such thing"], [() => " ", "printed nothing"]] as const) {
    const { message, problem } = renderAs([entry()], { templates: { ...templates, mail } });
    assert.equal("html" in message, false);
    assert.ok(message.body.includes("HighCPU"));
    assert.equal(problem, `Template "mail/alerts" ${why}`);
  }
});

Deno.test("the name says nothing of the status, and the thread is the sender's group or the fingerprint", () => {
  const grouped = { origin: { receiver: "r", groupKey: "g1" } };
  const table: [Entry[], name: string, thread: string][] = [
    [[entry()], "HighCPU", "f1"],
    [[entry(resolved)], "HighCPU", "f1"],
    [[entry(grouped)], "HighCPU", "g1"],
    [[entry({ ...resolved, ...grouped })], "HighCPU", "g1"],
    [[entry({}, { id: "a" }), entry({ labels: {} }, { id: "b" })], "HighCPU", "f1"],
    [[entry({ severity: "info", title: "Other" }), entry(grouped, { id: "b" })], "HighCPU 等", "f1"],
    [[entry({ title: "" })], "未命名告警", "f1"],
    [[entry({ title: "a\r\nBcc: b" })], "a Bcc: b", "f1"],
  ];
  for (const [entries, name, thread] of table) {
    const { message } = renderAs(entries);
    assert.deepEqual([message.name, message.thread], [name, thread]);
    const plain = renderAs(entries.slice(0, 1), { plain: true }).message;
    assert.doesNotMatch(plain.name, /告警中|已恢复/);
  }
});

Deno.test("an operator's mail that throws or prints nothing is reported at the start", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/mail`);
    for (const source of ["<% it.nothing.at() %>", ""]) {
      await Deno.writeTextFile(`${folder}/mail/alerts.eta`, source);
      const { problems, mail } = await loadTemplates({
        builtIn: new URL("../../../templates/", import.meta.url),
        override: folder,
      });
      assert.match(problems[0] ?? "", /^Cannot use template "mail\/alerts\.eta" from /);
      const { message, problem } = renderAs([entry()], { templates: { ...templates, mail } });
      assert.deepEqual([problem, message.html?.includes("HighCPU")], [undefined, true]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
