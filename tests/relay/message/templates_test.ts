import assert from "node:assert/strict";
import { LOCALES } from "../../../relay/base/locale.ts";
import { translator } from "../../../relay/message/locale.ts";
import { type MessageData, messageData } from "../../../relay/message/template_data.ts";
import { loadTemplates, type Templates } from "../../../relay/message/templates.ts";
import { group } from "../../kit/domain.ts";

const builtIn = new URL("../../../templates/", import.meta.url);

function data(title = "HighCPU", text = "*hot*"): MessageData {
  const alert = {
    id: "a1",
    fingerprint: "f",
    reason: "first",
    folded: 0,
    status: "firing",
    severity: "critical",
    title,
    text,
    labels: {},
    annotations: {},
    startsAt: 0,
    endsAt: null,
    words: { status: "Firing", severity: "Critical" },
    links: [],
  } as const;
  return messageData([alert], group({ locale: "en", timezone: "UTC" }));
}

/** Load with an operator's folder that holds these files. */
async function withFiles(
  files: Record<string, string>,
  check: (templates: Templates, folder: string) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, source] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path.split("/").slice(0, -1).join("/")}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, source);
    }
    check(await loadTemplates({ builtIn, override: folder }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the built-in templates load, from a URL and from a path", async () => {
  for (const folder of [builtIn, builtIn.pathname.replace(/\/$/, "")]) {
    const templates = await loadTemplates({ builtIn: folder });
    assert.deepEqual(templates.problems, []);
    assert.equal(templates.title(data()), "🔴HighCPU");
  }
});

Deno.test("the built-in templates print every example, as an operator's must", async () => {
  const { problems } = await loadTemplates({ builtIn, override: builtIn.pathname });
  assert.deepEqual(problems, []);
});

Deno.test("a built-in folder that is not there is an error", async () => {
  await assert.rejects(loadTemplates({ builtIn: "/nowhere/templates" }), Deno.errors.NotFound);
});

Deno.test("each kind of output escapes in its own way", async () => {
  await withFiles({
    "message/text.eta": "text: <%= it.alerts[0].text %>",
    "message/markdown.eta": "text: <%= it.alerts[0].text %>",
    "console/try.eta": "<p><%= it.text %></p>",
  }, (templates) => {
    assert.deepEqual(templates.problems, []);
    assert.equal(templates.text(data("x", "*a* <b>")), "text: *a* <b>");
    assert.equal(templates.markdown(data("x", "*a* <b>\nc")), "text: ＊a＊ ＜b>\n\nc");
    assert.equal(
      templates.html("console/try", { text: "*a* <b> \"'&" }),
      "<p>*a* &lt;b&gt; &quot;&#39;&amp;</p>",
    );
  });
});

Deno.test("what is undefined prints nothing, and leaves no empty lines", async () => {
  await withFiles({
    "message/text.eta": "a\n<%= it.nothing %>\n\n<%= null %>\n<%= it.alerts[0].end %>\nb  \n",
  }, (templates) => {
    assert.equal(templates.text(data()), "a\n\nb");
  });
});

Deno.test("an operator's template replaces the built-in one of the same name, and no other", async () => {
  await withFiles({ "message/title.eta": "ALARM <%= it.name %>\n!" }, (templates) => {
    assert.deepEqual(templates.problems, []);
    assert.equal(templates.title(data()), "ALARM HighCPU !");
    assert.match(templates.text(data()), /^🔴HighCPU · Critical/);
  });
});

Deno.test("a template that does not work is named with its fault, and the built-in one is used", async () => {
  const cases: [why: string, source: string, problem: RegExp][] = [
    ["a tag that is not closed", "hello\n<%= it.name", /unclosed tag at line 2 col 1$/],
    ["no JavaScript", "<%= it. %>", /: Unexpected token/],
    [
      "a field that is not there",
      "<%= it.alert.title %>",
      /Cannot read properties of undefined \(reading 'title'\)$/,
    ],
    ["only for one alert", "<% if (it.alerts.length > 1) throw new Error('two') %>x", /: two$/],
    ["nothing printed", "<%= it.nothing %>\n", /it prints nothing$/],
  ];
  for (const [why, source, fault] of cases) {
    await withFiles({ "message/text.eta": source }, (templates, folder) => {
      const [problem = "", ...others] = templates.problems;
      assert.deepEqual(others, [], why);
      assert.ok(problem.startsWith(`Cannot use template "message/text.eta" from "${folder}": `), problem);
      assert.match(problem, fault, why);
      assert.ok(
        problem.length < 300 && !problem.includes("__eta") && !problem.includes("\n"),
        "not the generated function",
      );
      assert.match(templates.text(data()), /^🔴HighCPU · Critical · since .*\n\*hot\*/, why);
    });
  }
});

Deno.test("a folder of the operator's that cannot be read is a problem, not the end", async () => {
  const templates = await loadTemplates({ builtIn, override: "/nowhere/templates" });
  assert.equal(templates.problems.length, 1);
  assert.match(templates.problems[0]!, /^Cannot read templates from "\/nowhere\/templates": /);
  assert.equal(templates.title(data()), "🔴HighCPU");
});

Deno.test("alerts from outside are data, never template code", async () => {
  const templates = await loadTemplates({ builtIn });
  const code = "<%= globalThis.Deno.pid %> ${1 + 1} <% throw 1 %>";
  assert.ok(templates.text(data("x", code)).includes(code));
});

Deno.test("the inbox shows hostile messages as text, runs nothing, and loads nothing from elsewhere", async () => {
  const templates = await loadTemplates({ builtIn });
  const hostile = '<script>alert(1)</script>"><img src=x onerror=alert(2)>';
  const message = {
    id: "m1",
    at: 0,
    group: hostile,
    title: hostile,
    body: `${hostile}\nsecond line`,
    severity: "critical",
    status: "firing",
    now: "firing",
    reason: "first",
    alerts: 2,
  };
  for (const locale of LOCALES) {
    const t = translator(locale);
    const page = {
      locale,
      t,
      timezone: "UTC",
      now: 0,
      time: () => "2026-11-20 10:43:00",
      ago: () => "now",
      when: () => "<time>now</time>",
      brief: () => "<time>now</time>",
      tall: () => "",
      at: () => "<time>now</time>",
      sign: () => "◆",
      words: (text: string) => text,
      curl: "curl '<&>'",
      here: "/inbox",
      channels: [],
      chosen: false,
      shell: { assets: { of: () => "/assets/x", modules: [] }, theme: "auto", tabs: [], sections: [] },
    };
    // The frame loads our own scripts.
    const main = (messages: object[]): string =>
      templates.html("console/inbox", { ...page, messages, open: messages[0] }).split(/<main[^>]*>/)[1]!;
    const full = main([message]);
    const empty = main([]);
    assert.ok(
      full.includes(
        "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x onerror=alert(2)&gt;\nsecond line",
      ),
    );
    assert.ok(
      full.includes(t("severity.critical")) && full.includes(t("status.firing")),
      "severity and status in words",
    );
    assert.ok(empty.includes(t("inbox.empty")) && empty.includes("curl &#39;&lt;&amp;&gt;&#39;"));
    for (const html of [full, empty]) {
      assert.doesNotMatch(
        html,
        /<script|<img|<style|\sstyle=|<[^>]*\son\w+=|(?:src|href)="(?!\/(?!\/)|#)|undefined/,
      );
    }
  }
});
