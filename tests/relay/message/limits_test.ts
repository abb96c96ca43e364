import assert from "node:assert/strict";
import type { Form, Limits, Markup } from "../../../relay/channel.ts";
import { COMMONMARK, HTML } from "../../../relay/channel.ts";
import { fillOf, type Size } from "../../../relay/channel/size.ts";
import type { MarkupFormat } from "../../../relay/message/body_format.ts";
import { renderDigest } from "../../../relay/message/digest.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import * as printer from "../../../relay/message/markup_printer.ts";
import { render } from "../../../relay/message/render.ts";
import type { RenderOptions } from "../../../relay/message/render_options.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const NOW = Date.UTC(2026, 10, 20, 2, 43);

function options(own: Partial<RenderOptions> = {}): RenderOptions {
  return {
    form: "markdown",
    limits: {},
    now: NOW,
    group: group({ locale: "en" }),
    templates,
    rewrite: (url) => url,
    publicUrl: "https://fenghuo.example.com",
    messageId: () => "m",
    ...own,
  };
}

function markupFormat(markup: Markup): MarkupFormat {
  return { markup, printer };
}

/** `count` alerts of `kinds` names, each with a text that all markups escape. */
function alerts(count: number, kinds = count): Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const title = `Disk<${index % kinds}> & *co*`;
    const labels = { alertname: title, instance: `db-${index}:9100`, path: "/var/lib/mysql_data/" };
    const text = `"Disk" of db-${index} is 9${index % 10}.5 % full <soon> \\o/ 磁盘`;
    return entry(alert({ title, text, labels, startsAt: NOW - 600_000 }), index, {
      fingerprint: `f${index}`,
    });
  });
}

const FORMS: readonly [name: string, form: Partial<RenderOptions>][] = [
  ...(["text", "markdown"] as const).map((form): [string, { form: Form }] => [form, { form }]),
  ["CommonMark", { markupFormat: markupFormat(COMMONMARK) }],
  ["HTML", { markupFormat: markupFormat(HTML) }],
];

Deno.test("a message and a digest are shortened until every limit holds, in every unit", () => {
  const sizes: readonly Size[] = [
    { bytes: 600 },
    { jsonBytes: 600 },
    { characters: 500 },
    { utf16: 700 },
    { characters: 40 }, // less than any template writes
    { bytes: 4_000, characters: 900 },
  ];
  for (const [name, form] of FORMS) {
    for (const body of sizes) {
      for (const entries of [alerts(40), alerts(40, 2), alerts(1)]) {
        for (const plain of [false, true]) {
          for (const write of [render, renderDigest]) {
            const { message, count, problem } = write(entries, options({ ...form, limits: { body }, plain }));
            const why = `${name}, ${JSON.stringify(body)}, ${entries.length}, ${plain}: ${message.body}`;
            assert.ok(fillOf(message.body, body) <= 1, why);
            assert.equal(problem, undefined, why);
            assert.ok(count >= 1 && message.body !== "", why);
          }
        }
      }
    }
  }
});

Deno.test("a limit on what a reader sees does not count markup and addresses", () => {
  const limits: Limits = { visible: { utf16: 300 } };
  for (const [name, form] of FORMS.slice(2)) {
    const { message, count } = render(alerts(40), options({ ...form, limits }));
    const bare = render(alerts(40), options({ ...form, limits: { body: { utf16: 300 } } }));
    assert.ok(message.body.length > 300, `${name}: ${message.body}`);
    assert.ok(count > bare.count, `${name}: ${count} and ${bare.count}`);
  }
});

Deno.test("a digest says how many incidents it has no room for, and names each of the others once", () => {
  for (const [name, form] of FORMS) {
    for (const utf16 of [400, 1_000, 4_096]) {
      for (const kinds of [60, 3]) {
        const limits = { body: { utf16 }, visible: { utf16 } };
        const { message: { body }, digest: { shown, incidents } } = renderDigest(
          alerts(60, kinds),
          options({ ...form, limits }),
        );
        const why = `${name}, ${utf16}: ${body}`;
        const [, ...lines] = body.replaceAll("\\", "").split("\n");
        const named = new Set(
          Array.from(lines.join("\n").matchAll(/db-(\d+):9100/g), ([, number]) => number),
        );
        assert.equal(incidents, 60);
        assert.equal(named.size, shown, why);
        assert.equal(Number(/(\d+) more not listed/.exec(body)?.[1] ?? 0), incidents - shown, why);
      }
    }
  }
});

Deno.test("the title and the links go where the vendor shows them", () => {
  const links = [{ kind: "runbook" as const, url: "https://runbooks.example.com/disk" }];
  const [one] = alerts(1);
  const entries = [{ ...one!, alert: { ...one!.alert, links } }];
  for (const [name, form] of FORMS) {
    const both = { ...options(form), isTitleApart: true, hasButtons: true };
    const { message } = render(entries, both);
    assert.ok(message.title.includes("Disk<0> & *co*"), name);
    assert.ok(!message.body.includes("co"), `${name}: ${message.body}`);
    assert.match(message.body, /^Warning · for 10 min/, name);
    assert.ok(!message.body.includes("https:"), `${name}: ${message.body}`);
    assert.ok(message.buttons!.some(({ url }) => url === links[0]!.url), name);
    const plain = render(entries, { ...both, plain: true }).message;
    assert.match(
      plain.body,
      /^.*Disk/,
      "a plain message has its title in the body, whatever the vendor shows",
    );
    const digest = renderDigest([...entries, ...alerts(3).slice(1)], both).message;
    assert.ok(!digest.body.startsWith(digest.title), name);
  }
});
