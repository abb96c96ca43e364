import assert from "node:assert/strict";
import fc from "fast-check";
import { Marked, type Token } from "marked";
import type { Alert } from "../../../relay/domain/alert.ts";
import type { Form } from "../../../relay/channel.ts";
import type { Templates } from "../../../relay/message/templates.ts";
import { renderDigest, type RenderedDigest } from "../../../relay/message/digest.ts";
import { jsonBytes } from "../../../relay/base/text.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates as builtIn } from "../../kit/templates.ts";

const NOW = Date.UTC(2026, 10, 20, 2, 43);
const SITE = "https://fenghuo.example.com";

/** The input of digests: a title and its urgency. */
interface Told {
  readonly title: string;
  readonly severity: Alert["severity"];
  readonly status: Alert["status"];
}

function digest(
  told: readonly Told[],
  form: Form,
  bodyBytes: number,
  { plain = false, templates = builtIn }: { plain?: boolean; templates?: Templates } = {},
): RenderedDigest {
  const entries = told.map(({ title, severity, status }, index) => {
    const isOver = status === "resolved";
    const labels = { alertname: title, instance: `n${index}n ${title}`, shard: `${index}` };
    const times = { startsAt: NOW - 60_000, endsAt: isOver ? NOW : null };
    return entry(alert({ status, severity, title, text: title, labels, ...times }), index, {
      reason: isOver ? "resolved" : "first",
    });
  });
  return renderDigest(entries, {
    group: group(),
    form,
    limits: { bodyBytes, titleChars: 64 },
    templates,
    rewrite: (url) => url,
    publicUrl: SITE,
    nameOf: (id) => id,
    now: NOW,
    messageId: ([first = ""], ...more) => `${first}-digest${more.length}`,
    plain,
  });
}

/** Titles that would be markup, or that a careless cut would break: pairs of UTF-16, marks that combine, flags. */
const piece = fc.constantFrom(
  ..."** * _ ` ``` < > <b> </font> <@all> [ ] ]( ![ ]( # - ~ ~~ | \\ & &lt; 烽火 🔥 👨‍👩‍👧 🇨🇳 é a\u0301 \ud83d x"
    .split(" "),
  "[words](http://evil.example)",
  "\n",
  "\u202e",
  " ",
);
const told = fc.array(
  fc.record({
    title: fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join("")),
    severity: fc.constantFrom<Alert["severity"]>("critical", "error", "warning", "info"),
    status: fc.constantFrom<Alert["status"]>("firing", "resolved"),
    times: fc.constantFrom(1, 1, 1, 3, 6, 40),
  }),
  { minLength: 1, maxLength: 60 },
).map((kinds) => kinds.flatMap(({ times, ...kind }): Told[] => Array(times).fill(kind)).slice(0, 60));
/** Incidents of one kind share a bold head; if all are of one kind, the headline is their head. */
const kindOf = ({ title, severity, status }: Told): string => `${status} ${severity} ${title}`;

const judge = new Marked({ gfm: true, tokenizer: { url: () => undefined } });
const OURS = new Set(["paragraph", "text", "space", "strong", "list", "list_item", "link"]);

Deno.test("whatever it folds, a digest is within its bytes, whole, and has no markup but its own, which is closed", () => {
  fc.assert(
    fc.property(
      told,
      fc.constantFrom<Form>("markdown", "text", "html"),
      fc.constantFrom(800, 2_048, 4_096, 18_000),
      fc.boolean(),
      (alerts, form, bytes, plain) => {
        const { message, count, digest: { shown, incidents } } = digest(alerts, form, bytes, { plain });
        const { body, title } = message;
        assert.ok(jsonBytes(body) <= bytes, `${jsonBytes(body)} of ${bytes}`);
        assert.ok(body.isWellFormed() && title.isWellFormed(), "no half characters");
        assert.deepEqual([count, incidents], [alerts.length, alerts.length], "all of them are told");
        const more = /另有 (\d+) 个未列出/.exec(body);
        assert.equal(Number(more?.[1] ?? 0), incidents - shown, "what has no line is counted");
        const [, ...lines] = body.split("\n"); // the headline may name one of them, too
        const named = Array.from(lines.join("\n").matchAll(/n(\d+)n/g), ([, index]) => Number(index));
        assert.deepEqual([named.length, new Set(named).size], [shown, shown], `each is named once: ${body}`);
        if (form !== "markdown") return;
        let bold = 0;
        judge.walkTokens(judge.lexer(body), (token: Token) => {
          assert.ok(OURS.has(token.type), `${token.type} ${token.raw.slice(0, 100)}`);
          if (token.type === "strong") bold++;
          if (token.type === "link") assert.ok(token.href.startsWith(`${SITE}/`), token.href);
        });
        const kinds = new Set(named.map((index) => kindOf(alerts[index]!)));
        if (!plain) assert.equal(bold, kinds.size === 1 ? 1 : 1 + kinds.size, body);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("what has no line is reached by a link to the list of this very digest", () => {
  const many = Array.from({ length: 300 }, (_, index): Told => ({
    title: `烽火台 ${index}`,
    severity: "warning",
    status: "firing",
  }));
  for (const form of ["markdown", "text"] as const) {
    const { message, digest: { shown } } = digest(many, form, 4_096);
    assert.ok(shown > 5 && shown < 200);
    const list = `${SITE}/d/${encodeURIComponent(message.id)}`;
    assert.deepEqual(message.links.map(({ url }) => url), [list], "for vendors that have a place for it");
    assert.ok(message.body.includes(list));
  }
});

Deno.test("a digest whose template fails has the built-in text, and says which template failed", () => {
  const boom = (): string => {
    throw new TypeError("it.lines is undefined");
  };
  const templates: Templates = { ...builtIn, digest: { ...builtIn.digest, text: boom, markdown: () => "" } };
  const told = ["CPU", "Disk"].map((title): Told => ({ title, severity: "critical", status: "firing" }));
  const text = digest(told, "text", 2_000, { templates });
  assert.equal(text.problem, 'Template "message/digest_text" failed: it.lines is undefined');
  const markdown = digest(told, "markdown", 2_000, { templates });
  assert.equal(markdown.problem, 'Template "message/digest_markdown" printed nothing');
  for (const { message: { body } } of [text, markdown]) assert.match(body, /CPU[^]*Disk/);
});
