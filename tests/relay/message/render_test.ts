import assert from "node:assert/strict";
import { Marked, type Token } from "marked";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { Form, Limits } from "../../../relay/channel.ts";
import type { Group } from "../../../relay/domain/group.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { render } from "../../../relay/message/render.ts";
import type { Rendered, RenderOptions } from "../../../relay/message/render_options.ts";
import { type Templates } from "../../../relay/message/templates.ts";
import { jsonBytes } from "../../../relay/base/text.ts";
import { entry as entryOf } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

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
  const { id = "d1" } = more;
  return entryOf({ ...firing, ...alert }, 1, { alertId: `alert of ${id}`, fingerprint: "f", ...more });
}

function renderAs(
  entries: readonly Entry[],
  { locale = "zh", form = "text", limits = {}, ...more }: Partial<RenderOptions> & { locale?: Locale } = {},
): Rendered {
  return render(entries, {
    now: START + 500_000,
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
      "🔴db-1 HighCPU",
      lines(
        "🔴db-1 HighCPU · 严重 · 已 8 分钟（10:43 起）",
        "db-1:9100",
        "CPU above 95 %",
        "标签：team=ops",
        "看板：https://grafana.example.com/d/abc",
        "来源：https://prom.example.com/graph?g0.expr=up",
      ),
    ],
    [
      "of this minute, with a value and something else to say, en, text",
      entry({
        startsAt: START + 460_000,
        annotations: { summary: "CPU above 95 %", value: "97.12345678", description: "Look at top" },
        links: [],
      }),
      "en",
      "text",
      "🔴db-1 HighCPU",
      lines(
        "🔴db-1 HighCPU · Critical · since 10:50",
        "db-1:9100",
        "CPU above 95 %",
        "Look at top",
        "Value: 97.12",
        "Labels: team=ops",
      ),
    ],
    [
      "resolved, en, text",
      entry(resolved, { reason: "resolved" }),
      "en",
      "text",
      "✅db-1 HighCPU",
      lines("✅db-1 HighCPU · Resolved · after 1 h 5 min", "db-1:9100"),
    ],
    [
      "told again, of unknown severity, zh, markdown",
      entry({ severity: "warning", severityText: "P9" }, { reason: "repeat", folded: 12 }),
      "zh",
      "markdown",
      "🟡db-1 HighCPU",
      lines(
        "**🟡db-1 HighCPU** · 警告（P9） · 上次通知后又发生 12 次 · 已 8 分钟（10:43 起）",
        "",
        "db-1:9100",
        "",
        "CPU above 95 %",
        "",
        "标签：team=ops",
        "",
        "[看板](https://grafana.example.com/d/abc) · [来源](https://prom.example.com/graph?g0.expr=up)",
      ),
    ],
    [
      "never stopped, zh, text",
      entry({ links: [], text: "", labels: {} }, { reason: "repeat", still: true, folded: 2 }),
      "zh",
      "text",
      "🔴HighCPU（仍未恢复）",
      "🔴HighCPU（仍未恢复） · 严重 · 上次通知后又发生 2 次 · 已 8 分钟（10:43 起）",
    ],
    [
      "began again, en, text",
      entry({ links: [], text: "", labels: {} }, { reason: "repeat" }),
      "en",
      "text",
      "🔴HighCPU",
      "🔴HighCPU · Critical · again · for 8 min (since 10:43)",
    ],
    [
      "worse, with nothing more, en, markdown",
      entry({ text: "", labels: {}, links: [], startsAt: null, annotations: {} }, { reason: "changed" }),
      "en",
      "markdown",
      "🔴HighCPU",
      "**🔴HighCPU** · Critical · severity rose",
    ],
    [
      "with Alertmanager's form for a silence, zh, text beside a page",
      entry({ links: [...firing.links, { kind: "silence", url: "https://am.example.com" }] }),
      "zh",
      "html",
      "🔴db-1 HighCPU",
      lines(
        "🔴db-1 HighCPU · 严重 · 已 8 分钟（10:43 起）",
        "db-1:9100",
        "CPU above 95 %",
        "标签：team=ops",
        "静默：https://am.example.com/#/silences/new?filter=%7Balertname%3D%22HighCPU%22%2Cinstance%3D%22db-1%3A9100%22%7D",
        "看板：https://grafana.example.com/d/abc",
        "来源：https://prom.example.com/graph?g0.expr=up",
      ),
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
  assert.equal(message.title, "🔴db-3 DiskFull 等 2 类 ✅1");
  assert.equal(message.subject, "[严重] DiskFull 等 2 类 · db-3:9100 sda1");
  assert.equal(
    message.body,
    lines(
      "🔴db-3 DiskFull 等 2 类 ✅1 · 告警中 2 · 已恢复 1",
      "",
      "🔴DiskFull · 严重 · 已 8 分钟（10:43 起）",
      "db-3:9100 sda1",
      "3 % left",
      "看板：https://grafana.example.com/d/abc",
      "",
      "🟡HighCPU · 警告 · 已 8 分钟（10:43 起）",
      "db-2:9100",
      "CPU above 95 %",
      "看板：https://grafana.example.com/d/abc",
      "",
      "✅HighCPU · 已恢复 · 持续 1 小时 5 分",
      "db-1:9100",
      "",
      "共同标签：team=ops",
    ),
  );
  assert.deepEqual(message.alerts.map(({ id }) => id), ["alert of d3", "alert of d2", "alert of d1"]);
  assert.deepEqual([message.status, message.severity, message.reason], ["firing", "critical", "first"]);
  assert.equal(message.id, "d1+d2+d3", "of the entries, in their order");
  assert.equal(renderAs(entries.slice(0, 2)).message.title, "🟡db-2 HighCPU ✅1");
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

Deno.test("with a public address the details come first and the silence is our own, in few bytes where room is scarce", () => {
  const links: Alert["links"] = [...firing.links, { kind: "silence", url: "https://am.example.com" }];
  const linksOf = (alert: Partial<Alert>, bodyBytes: number): unknown => {
    const { message } = renderAs([entry({ links, ...alert })], {
      publicUrl: "https://fenghuo.example.com/x",
      limits: { bodyBytes },
    });
    for (const { url } of message.links) assert.ok(message.body.includes(url), url);
    return message.links.map(({ title }) => title);
  };
  assert.deepEqual(linksOf({}, 20_000), ["详情", "静默", "看板", "来源"]);
  assert.deepEqual(linksOf({}, 4_096), ["详情", "静默", "看板"]);
  assert.deepEqual(linksOf({ status: "resolved", endsAt: START }, 20_000), ["详情"]);
  assert.deepEqual(linksOf({ verbatim: true, authored: { markup: "dingtalk", form: "text" } }, 20_000), [
    "来源",
    "看板",
    "静默",
  ]);
  const { message } = renderAs([entry({ links })], { publicUrl: "https://fenghuo.example.com/x" });
  assert.equal(message.links[0]!.url, "https://fenghuo.example.com/x/a/alert%20of%20d1");
  assert.equal(message.links[1]!.url, "https://fenghuo.example.com/x/a/alert%20of%20d1/silence");
});

Deno.test("the silence of alike alerts covers what they share, in our form and in Alertmanager's", () => {
  const links: Alert["links"] = [{ kind: "silence", url: "https://am.example.com/" }];
  const pod = (name: string, namespace = "prod"): Entry =>
    entry({ links, labels: { alertname: "HighCPU", cluster: "hz", namespace, pod: name } }, { id: name });
  const silenceOf = (entries: Entry[], publicUrl?: string): string => {
    const { message } = renderAs(entries, { publicUrl });
    return decodeURIComponent(message.links.find(({ title }) => title === "静默")!.url);
  };
  const ours = "https://fenghuo.example.com";
  const alike = [pod("a-0"), pod("b-0")];
  assert.equal(
    silenceOf(alike.slice(0, 1)),
    'https://am.example.com/#/silences/new?filter={alertname="HighCPU",cluster="hz",namespace="prod",pod="a-0"}',
  );
  assert.equal(
    silenceOf(alike),
    'https://am.example.com/#/silences/new?filter={alertname="HighCPU",cluster="hz",namespace="prod"}',
  );
  assert.equal(silenceOf(alike.slice(0, 1), ours), `${ours}/a/alert of a-0/silence`);
  assert.equal(silenceOf(alike, ours), `${ours}/a/alert of a-0/silence?by=cluster,namespace`);
  const apart = [pod("a-0"), entry({ labels: { alertname: "HighCPU", node: "w-1" } }, { id: "w" })];
  assert.equal(silenceOf(apart, ours), `${ours}/a/alert of a-0/silence?by=`);
});

Deno.test("a message that cannot say all of its alerts names each of them, with one link to the list", () => {
  const entries = Array.from({ length: 60 }, (_, index) =>
    entry({
      title: `Rule${index % 20}`,
      text: "something is wrong ".repeat(20),
      labels: { namespace: "prod", pod: `worker-${index}`, reason: "x".repeat(100) },
    }, { id: `d${index}` }));
  const { message, count } = renderAs(entries, {
    form: "markdown",
    limits: { bodyBytes: 4_096 },
    publicUrl: "https://fenghuo.example.com",
  });
  assert.equal(count, 60);
  for (let index = 0; index < 60; index++) {
    assert.match(message.body, new RegExp(`worker-${index}(、|$)`, "m"));
  }
  const lines = message.body.split("\n\n");
  assert.equal(lines[0], "**🔴prod Rule0 等 20 类** · 告警中 60");
  assert.equal(lines[1], "[查看全部](https://fenghuo.example.com/incidents?group=ops%2Fdefault)");
  assert.equal(message.body.match(/\]\(/g)!.length, 1);
});

Deno.test("alarm_v2's own words for the time are shown as given", () => {
  const { message } = renderAs([entry({ startsAt: null, annotations: { alert_time: "昨天 10 点" } })]);
  assert.match(message.body, / · 昨天 10 点 开始$/m);
});

Deno.test("as many alerts as fit go in one message, and no more", () => {
  const entries = Array.from({ length: 3000 }, (_, index) => {
    return entry({ title: `Alert${index}`, text: "烽火 ".repeat(index % 50) }, { id: `d${index}` });
  });
  const cases: [limits: Limits, least: number, most: number][] = [
    [{}, 100, 100],
    [{ alerts: 1 }, 1, 1],
    [{ alerts: 3000, bodyBytes: 18_000 }, 200, 500],
    [{ alerts: 3000, bodyBytes: 4_096 }, 40, 120],
    [{ alerts: 3000, bodyBytes: 2_000_000 }, 3000, 3000],
    [{ bodyBytes: 600 }, 1, 12],
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
      const more = renderAs(entries, { form, limits: { ...limits, alerts: count + 1 } });
      assert.equal(more.count, count, `${why}: one more does not fit`);
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

/** Texts that must not be in a message: control characters, and words that only a mistake produces. */
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
  assert.match(message.body, /^\*\*🔴db-1 HighCPU\*\* · 严重 · .*\n\ndb-1:9100\n\n烽+…\n/);
  assert.match(
    message.body,
    /\[来源\]\(https:\/\/prom\.example\.com\/graph\?g0\.expr=up\)$/,
    "links still close",
  );
  assert.ok(jsonBytes(message.body) > 3_500, "the room is used");
  assert.ok(message.alerts[0]!.text.endsWith("…"), "the data is cut with it");
});

Deno.test("a template that throws or prints nothing never swallows an alert", () => {
  const boom = (): string => {
    throw new TypeError("it.alert is undefined\n  at line 3");
  };
  const broken: Templates = { ...templates, title: boom, text: boom, markdown: () => "" };
  const text = renderAs([entry()], { templates: broken });
  assert.equal(text.message.title, "🔴db-1 HighCPU");
  assert.equal(
    text.message.body,
    "🔴db-1 HighCPU · 严重 · 已 8 分钟（10:43 起）\ndb-1:9100\nCPU above 95 %",
  );
  assert.equal(
    text.problem,
    'Template "message/title" failed: it.alert is undefined; Template "message/text" failed: it.alert is undefined',
  );
  const markdown = renderAs([entry({ title: "*x*" }), entry()], { templates: broken, form: "markdown" });
  assert.ok(
    markdown.message.body.startsWith(
      "🔴db-1 ＊x＊ 等 2 类 · 告警中 2\n\n🔴＊x＊ · 严重 · 已 8 分钟（10:43 起）\n\ndb-1:9100",
    ),
  );
  assert.match(markdown.problem!, /"message\/markdown" printed nothing$/);
});

Deno.test("a template that is too long for any alert gives way to the built-in words", () => {
  const wordy: Templates = { ...templates, text: () => "x".repeat(5_000) };
  const { message, problem, count } = renderAs([entry(), entry()], {
    templates: wordy,
    limits: { bodyBytes: 1_000 },
  });
  assert.equal(count, 1);
  assert.match(message.body, /^🔴db-1 HighCPU · 严重 · .*\ndb-1:9100\n/);
  assert.equal(problem, 'Template "message/text" does not fit into the limits, even with one short alert');
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
      /^🔴db-1 HighCPU · 严重 · 已 8 分钟（10:43 起）\ndb-1:9100\nsee （链接已省略），然后 长+…$/,
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
