import assert from "node:assert/strict";
import { Marked, type Token } from "marked";
import type { Alert } from "../../../relay/alert.ts";
import type { Form, Limits } from "../../../relay/channel.ts";
import type { Group, Locale } from "../../../relay/group.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { render, type Rendered, type RenderOptions } from "../../../relay/message/render.ts";
import { loadTemplates, type Templates } from "../../../relay/message/templates.ts";
import { jsonBytes } from "../../../relay/text.ts";

const templates = await loadTemplates({ builtIn: new URL("../../../templates/", import.meta.url) });
const START = Date.UTC(2026, 10, 20, 2, 43);
const FORMS: readonly Form[] = ["text", "markdown"];

function groupIn(locale: Locale): Group {
  const member = { id: "li.lei", name: "李雷" };
  return {
    id: "ops/default",
    owner: "ops",
    level: "default",
    members: [member],
    destinations: [],
    window: 300_000,
    locale,
    timezone: "Asia/Shanghai",
  };
}

const firing: Alert = {
  dialect: "alertmanager",
  status: "firing",
  severity: "critical",
  title: "HighCPU",
  text: "CPU above 95 %",
  labels: { alertname: "HighCPU", instance: "db-1:9100", job: "node", severity: "critical", team: "ops" },
  annotations: { summary: "CPU above 95 %" },
  startsAt: START,
  endsAt: null,
  links: [
    { kind: "source", url: "http://prometheus-0:9090/graph?g0.expr=up" },
    { kind: "dashboard", url: "https://grafana.example.com/d/abc" },
  ],
};
const resolved: Alert = { ...firing, status: "resolved", endsAt: START + 3_900_000 };

function entry(alert: Partial<Alert> = {}, more: Partial<Entry> = {}): Entry {
  const id = more.id ?? "d1";
  return {
    id,
    alertId: `alert of ${id}`,
    fingerprint: "f",
    alert: { ...firing, ...alert },
    reason: "first",
    folded: 0,
    ...more,
  };
}

function renderAs(
  entries: readonly Entry[],
  { locale = "zh", form = "text", limits = {}, ...more }: Partial<RenderOptions> & { locale?: Locale } = {},
): Rendered {
  return render(entries, {
    now: 0,
    group: groupIn(locale),
    form,
    limits,
    templates,
    rewrite: (url) => url.replace("http://prometheus-0:9090", "https://prom.example.com"),
    messageId: (ids) => ids.join("+"),
    ...more,
  });
}

function lines(...text: string[]): string {
  return text.join("\n");
}

Deno.test("one alert reads from the most important to the least", () => {
  const cases: [why: string, entry: Entry, locale: Locale, form: Form, title: string, body: string][] = [
    [
      "firing, zh, text",
      entry(),
      "zh",
      "text",
      "[告警中] HighCPU db-1:9100",
      lines(
        "HighCPU db-1:9100",
        "告警中 · 严重",
        "CPU above 95 %",
        "",
        "开始：2026-11-20 10:43:00",
        "标签：team=ops",
        "来源：https://prom.example.com/graph?g0.expr=up",
        "看板：https://grafana.example.com/d/abc",
      ),
    ],
    [
      "resolved, en, text",
      entry(resolved, { reason: "resolved" }),
      "en",
      "text",
      "[Resolved] HighCPU db-1:9100",
      lines(
        "HighCPU db-1:9100",
        "Resolved · Critical",
        "CPU above 95 %",
        "",
        "Started: 2026-11-20 10:43:00",
        "Resolved: 2026-11-20 11:48:00 (lasted 1 h 5 min)",
        "Labels: team=ops",
        "Source: https://prom.example.com/graph?g0.expr=up",
        "Dashboard: https://grafana.example.com/d/abc",
      ),
    ],
    [
      "told again, of unknown severity, zh, markdown",
      entry({ severity: "warning", severityText: "P9" }, { reason: "repeat", folded: 12 }),
      "zh",
      "markdown",
      "[告警中] HighCPU db-1:9100",
      lines(
        "**🟡 HighCPU db-1:9100**",
        "",
        "告警中 · 警告（P9） · 上次通知后又发生 12 次",
        "",
        "CPU above 95 %",
        "",
        "- 开始：2026-11-20 10:43:00",
        "- 标签：team=ops",
        "",
        "[来源](https://prom.example.com/graph?g0.expr=up) · [看板](https://grafana.example.com/d/abc)",
      ),
    ],
    [
      "worse, with nothing more, en, markdown",
      entry({ text: "", labels: {}, links: [], startsAt: null }, { reason: "changed" }),
      "en",
      "markdown",
      "[Firing] HighCPU",
      lines("**🔴 HighCPU**", "", "Firing · Critical · severity rose"),
    ],
  ];
  for (const [why, entry, locale, form, title, body] of cases) {
    const { message, count, problem } = renderAs([entry], { locale, form });
    assert.equal(message.title, title, why);
    assert.equal(message.body, body, why);
    assert.equal(count, 1);
    assert.equal(problem, undefined, why);
  }
});

Deno.test("several alerts: firing first, the worst first, and what they share said once", () => {
  const entries = [
    entry(resolved, { id: "d1", reason: "resolved" }),
    entry({ severity: "warning", labels: { ...firing.labels, instance: "db-2:9100" } }, { id: "d2" }),
    entry({
      title: "DiskFull",
      text: "3 %\nleft",
      labels: { alertname: "DiskFull", instance: "db-3:9100", device: "sda1", job: "node", team: "ops" },
    }, { id: "d3" }),
  ];
  const { message, count } = renderAs(entries);
  assert.equal(count, 3);
  assert.equal(message.title, "[告警中 2 · 已恢复 1] DiskFull 等");
  assert.equal(
    message.body,
    lines(
      "告警中 2 · 已恢复 1",
      "",
      "DiskFull db-3:9100 sda1",
      "告警中 · 严重 · 2026-11-20 10:43:00 开始",
      "3 % left",
      "",
      "HighCPU db-2:9100",
      "告警中 · 警告 · 2026-11-20 10:43:00 开始",
      "CPU above 95 %",
      "",
      "HighCPU db-1:9100",
      "已恢复 · 严重 · 持续 1 小时 5 分",
      "CPU above 95 %",
      "",
      "共同标签：team=ops",
    ),
  );
  assert.deepEqual(message.alerts.map(({ id }) => id), ["alert of d3", "alert of d2", "alert of d1"]);
  assert.deepEqual([message.status, message.severity, message.reason], ["firing", "critical", "first"]);
  assert.equal(message.id, "d1+d2+d3", "of the entries, in their order");
  assert.equal(renderAs(entries.slice(0, 2)).message.title, "[告警中 1 · 已恢复 1] HighCPU");
});

Deno.test("a message knows whom it is for and where its links lead", () => {
  const links: Alert["links"] = [
    { kind: "runbook", url: "https://wiki.example.com/x" },
    { kind: "panel", url: "javascript:alert(1)" },
    { kind: "silence", url: "not a url" },
    { kind: "source", url: "https://wiki.example.com/x" },
    { kind: "relay", url: "https://hidden.example.com/" },
  ];
  const rewrite = (url: string): string | undefined => url.includes("hidden") ? undefined : url;
  const { message } = renderAs([entry({ links })], { rewrite });
  assert.deepEqual(message.links, [{ title: "运行手册", url: "https://wiki.example.com/x" }]);
  assert.deepEqual(message.alerts[0]?.links, [{
    kind: "runbook",
    title: "运行手册",
    url: "https://wiki.example.com/x",
  }]);
  assert.deepEqual(message.recipients.map(({ id }) => id), ["li.lei"]);
  assert.equal(message.group, "ops/default");
  assert.equal(message.plain, false);
});

Deno.test("alarm_v2's own words for the time are shown as given", () => {
  const { message } = renderAs([entry({ startsAt: null, annotations: { alert_time: "昨天 10 点" } })]);
  assert.match(message.body, /^开始：昨天 10 点$/m);
});

Deno.test("as many alerts as fit go in one message, and no more", () => {
  const entries = Array.from({ length: 3000 }, (_, index) => {
    return entry({ title: `Alert${index}`, text: "烽火 ".repeat(index % 50) }, { id: `d${index}` });
  });
  const cases: [limits: Limits, least: number, most: number][] = [
    [{}, 100, 100],
    [{ alerts: 1 }, 1, 1],
    [{ alerts: 3000, bodyBytes: 18_000 }, 40, 200],
    [{ alerts: 3000, bodyBytes: 4_096 }, 10, 60],
    [{ alerts: 3000, bodyBytes: 2_000_000 }, 3000, 3000],
    [{ bodyBytes: 600 }, 1, 6],
  ];
  for (const [limits, least, most] of cases) {
    for (const form of FORMS) {
      const { message, count, problem } = renderAs(entries, { form, limits });
      const why = `${form} ${JSON.stringify(limits)}: ${count}`;
      assert.equal(problem, undefined, why);
      assert.ok(count >= least && count <= most, why);
      assert.equal(message.alerts.length, count, why);
      assert.ok(jsonBytes(message.body) <= (limits.bodyBytes ?? 100_000), why);
      if (count === (limits.alerts ?? 100)) continue;
      const roomier = { ...limits, bodyBytes: 10_000_000, alerts: count + 1 };
      const next = renderAs(entries, { form, limits: roomier });
      assert.ok(
        jsonBytes(next.message.body) > (limits.bodyBytes ?? 100_000),
        `${why}: one more does not fit`,
      );
    }
  }
});

Deno.test("a storm is not rendered once for each of its alerts", () => {
  let calls = 0;
  const counting: Templates = { ...templates, text: (data) => (calls++, templates.text(data)) };
  const entries = Array.from({ length: 3000 }, (_, index) => entry({}, { id: `d${index}` }));
  renderAs(entries, { templates: counting, limits: { alerts: 3000, bodyBytes: 18_000 } });
  assert.ok(calls <= 15, `${calls} times`);
});

/** Values that a hostile or broken sender may send. */
const HOSTILE: Record<string, Partial<Alert>> = {
  "half characters": { title: "a\ud83d", text: "\ude00".repeat(100), labels: { "\ud83d": "\ude00" } },
  "control characters": { title: "\x1b[31mred\n\n\nlines", text: "\0\x07\u202eevil", labels: { a: "\r\nb" } },
  "HTML": {
    title: "<script>alert(1)</script>",
    text: "<img src=x onerror=alert(1)>",
    labels: { "<b>": "<i>" },
  },
  "markdown": {
    title: "**[x](http://evil.example)**",
    text: "# a\n- b\n> c\n```\nd",
    labels: { "*": "![](http://evil.example)" },
  },
  "odd names": { labels: Object.fromEntries([["__proto__", "p"], ["constructor", "c"], ["toString", "t"]]) },
  "a long value": { text: "烽".repeat(65_536), title: "长".repeat(65_536) },
  "a value that grows when it is escaped": { text: '*"<'.repeat(20_000) },
  "many labels": {
    labels: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`label_${n}`, "v".repeat(500)])),
  },
  "long names": { labels: { ["n".repeat(65_536)]: "v", instance: "i".repeat(65_536) } },
  "a long link": { links: [{ kind: "source", url: `https://prom.example.com/?q=${"x".repeat(9_000)}` }] },
  "nothing at all": {
    title: "",
    text: "",
    labels: {},
    annotations: {},
    startsAt: null,
    links: [],
    severityText: "",
  },
  "times beyond the calendar": { ...resolved, startsAt: -1e300, endsAt: 1e300 },
};

/** What must not be in a message: characters that are obeyed, and words that only a mistake puts there. */
// deno-lint-ignore no-control-regex -- to find them is the purpose
const ODD = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]|undefined|NaN|\[object/;

Deno.test("whatever comes in, the message is within its limits, whole, and says nothing odd", () => {
  for (const [why, alert] of Object.entries(HOSTILE)) {
    for (const form of FORMS) {
      for (const bodyBytes of [100_000, 18_000, 4_096, 2_000, 400, 100]) {
        for (const plain of [false, true]) {
          const entries = [entry(alert, { id: "d1" }), entry(alert, { id: "d2" })];
          const { message, problem } = renderAs(entries, {
            form,
            plain,
            limits: { bodyBytes, titleChars: 60 },
          });
          const what = `${why}, ${form}, ${bodyBytes} bytes, ${plain ? "plain" : "full"}: ${
            message.body.slice(0, 300)
          }`;
          assert.ok(jsonBytes(message.body) <= bodyBytes, what);
          assert.ok(message.body.length > 0 && message.title.length > 0, what);
          assert.ok([...message.title].length <= 60 && !/[\n\t]/.test(message.title), what);
          if (bodyBytes >= 1000) assert.equal(problem, undefined, what);
          for (const text of [message.title, message.body, JSON.stringify(message.alerts)]) {
            assert.ok(text.isWellFormed(), what);
            assert.doesNotMatch(text, ODD, what);
          }
          assert.doesNotMatch(message.body, /\n\n\n|^\s|\s$/, what);
        }
      }
    }
  }
});

Deno.test("a value never becomes markup, and markup of ours is never left open", () => {
  const judge = new Marked({ gfm: true, tokenizer: { url: () => undefined } });
  const ours = new Set(["paragraph", "text", "space", "strong", "list", "list_item", "link"]);
  for (const [why, alert] of Object.entries(HOSTILE)) {
    for (const bodyBytes of [18_000, 4_096, 1_000]) {
      for (const entries of [[entry(alert)], [entry(alert), entry(alert)]]) {
        const { message } = renderAs(entries, { form: "markdown", limits: { bodyBytes } });
        let bold = 0;
        judge.walkTokens(judge.lexer(message.body), (token: Token) => {
          assert.ok(ours.has(token.type), `${why}: ${token.type} ${token.raw.slice(0, 100)}`);
          if (token.type === "strong") bold++;
          if (token.type === "link") assert.doesNotMatch(token.href, /evil/, why);
          if (token.type === "text" && !token.tokens) assert.doesNotMatch(token.raw, /\*\*|\]\(/, why);
        });
        assert.ok(bold > 0, why);
      }
    }
  }
});

Deno.test("what is cut says so, and the most important is kept", () => {
  const { message } = renderAs([entry({ text: "烽".repeat(30_000) })], {
    form: "markdown",
    limits: { bodyBytes: 4_096 },
  });
  assert.match(message.body, /^\*\*🔴 HighCPU db-1:9100\*\*\n\n告警中 · 严重\n\n烽+…\n/);
  assert.match(message.body, /\[看板\]\(https:\/\/grafana\.example\.com\/d\/abc\)$/, "links still close");
  assert.ok(jsonBytes(message.body) > 3_500, "the room is used");
  assert.ok(message.alerts[0]!.text.endsWith("…"), "the data is cut with it");
});

Deno.test("a template that throws or prints nothing never swallows an alert", () => {
  const boom = (): string => {
    throw new TypeError("it.alert is undefined\n  at line 3");
  };
  const broken: Templates = { ...templates, title: boom, text: boom, markdown: () => "" };
  const text = renderAs([entry()], { templates: broken });
  assert.equal(text.message.title, "[告警中] HighCPU db-1:9100");
  assert.equal(
    text.message.body,
    "HighCPU db-1:9100\n告警中 · 严重\nCPU above 95 %\n2026-11-20 10:43:00 开始",
  );
  assert.equal(
    text.problem,
    'Template "message/title" failed: it.alert is undefined; Template "message/text" failed: it.alert is undefined',
  );
  const markdown = renderAs([entry({ title: "*x*" }), entry()], { templates: broken, form: "markdown" });
  assert.ok(markdown.message.body.startsWith("＊x＊ db-1:9100\n\n告警中 · 严重\n\nCPU above 95 %"));
  assert.match(markdown.problem!, /"message\/markdown" printed nothing$/);
});

Deno.test("a template that is too long for any alert gives way to the built-in words", () => {
  const wordy: Templates = { ...templates, text: () => "x".repeat(5_000) };
  const { message, problem, count } = renderAs([entry(), entry()], {
    templates: wordy,
    limits: { bodyBytes: 1_000 },
  });
  assert.equal(count, 1);
  assert.match(message.body, /^HighCPU db-1:9100\n/);
  assert.equal(problem, 'Template "message/text" needs more than 1000 bytes for one short alert');
});

Deno.test("a plain message is short, of one alert, and leads nowhere", () => {
  const text = `see https://evil.example/a?b=c，然后 ${"长".repeat(5_000)}`;
  for (const form of FORMS) {
    const { message, count } = renderAs([entry({ text }, { id: "d1" }), entry({}, { id: "d2" })], {
      plain: true,
      form,
    });
    assert.equal(count, 1);
    assert.equal(message.id, "d1");
    assert.equal(message.plain, true);
    assert.ok(jsonBytes(message.body) <= 1_000);
    assert.match(
      message.body,
      /^HighCPU db-1:9100\n告警中 · 严重\nsee （链接已省略），然后 长+…\n2026-11-20 10:43:00 开始$/,
    );
    assert.deepEqual([message.links, message.alerts[0]!.links], [[], []]);
    assert.doesNotMatch(JSON.stringify(message), /https?:/);
  }
});

Deno.test("a message about nothing is a mistake of the caller", () => {
  assert.throws(() => renderAs([]), {
    name: "RangeError",
    message: "Cannot render a message: there are no entries",
  });
});
