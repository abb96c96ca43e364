import assert from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { Form } from "../../../relay/channel.ts";
import { renderDigest } from "../../../relay/message/digest.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { render } from "../../../relay/message/render.ts";
import type { RenderOptions } from "../../../relay/message/render_options.ts";
import { loadTemplates } from "../../../relay/message/templates.ts";
import { alert, entry, group } from "../../kit/domain.ts";

/** The built-in templates of an earlier version: operators may have copies of them. */
const templates = await loadTemplates({
  builtIn: new URL("../../../templates/", import.meta.url),
  override: new URL("../../fixtures/earlier_templates/", import.meta.url).pathname,
});
const START = Date.UTC(2026, 10, 20, 2, 43);

function highCpu(instance: string, own: Partial<Alert> = {}): Entry {
  const one = alert({
    title: "HighCPU",
    text: "CPU above 95 %",
    labels: { alertname: "HighCPU", instance, team: "ops" },
    startsAt: START,
    links: [{ kind: "runbook", url: "https://runbooks.example.com/cpu" }],
    ...own,
  });
  return entry(one, 0, { id: instance, alertId: instance, fingerprint: instance });
}

function options(form: Form): RenderOptions {
  return {
    form,
    now: START + 500_000,
    group: group(),
    limits: {},
    templates,
    rewrite: (url) => url,
    messageId: (ids) => ids.join("+"),
  };
}

const over: Partial<Alert> = { status: "resolved", endsAt: START + 61_000 };

Deno.test("an operator's copies of the earlier templates say what they said", () => {
  assert.deepEqual(templates.problems, []);
  const one = render([highCpu("db-1:9100")], options("text"));
  assert.equal(one.problem, undefined);
  assert.equal(one.message.title, "[告警中] HighCPU db-1:9100");
  assert.equal(
    one.message.body,
    "HighCPU db-1:9100\n告警中 · 警告\nCPU above 95 %\n\n开始：2026-11-20 10:43:00\n标签：team=ops\n" +
      "运行手册：https://runbooks.example.com/cpu",
  );
  const ended = render([highCpu("db-1:9100", over)], options("markdown"));
  assert.match(ended.message.body, /^- 恢复：2026-11-20 10:44:01（持续 1 分 1 秒）$/m);
  const several = render([highCpu("a", over), highCpu("b", over)], options("markdown"));
  assert.equal(several.problem, undefined);
  assert.equal(several.message.title, "[已恢复 2] HighCPU");
  assert.match(several.message.body, /^共同标签：team=ops$/m);
});

Deno.test("and so do those of digests, however little room there is", () => {
  const entries = Array.from({ length: 60 }, (_, index) => highCpu(`db-${index}`));
  for (const form of ["text", "markdown"] as const) {
    const { message, problem, digest } = renderDigest(entries, {
      ...options(form),
      limits: { bodyBytes: 1_000 },
    });
    assert.equal(problem, undefined);
    assert.match(message.body, /合并了 60 条告警/);
    assert.match(message.body, /HighCPU db-0/);
    assert.ok(digest.shown > 0 && digest.shown < 60);
    assert.match(message.body, new RegExp(`另有 ${60 - digest.shown} 个事件未列出`));
  }
});
