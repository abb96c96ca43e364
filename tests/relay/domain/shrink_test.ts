import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Alert } from "../../../relay/domain/alert.ts";
import { shrink } from "../../../relay/domain/shrink.ts";
import { utf8Bytes } from "../../../relay/base/text.ts";
import { alert } from "../../kit/domain.ts";

const plain = alert();
const size = (alert: Alert): number => utf8Bytes(JSON.stringify(alert));

Deno.test("an alert of an ordinary size is kept as it is", () => {
  const alert = { ...plain, text: "x".repeat(10_000), labels: { a: "汉".repeat(1_000) } };
  equal(shrink(alert), alert);
});

const LARGE: [string, Partial<Alert>][] = [
  ["a value of 64 KiB", { labels: { a: "x".repeat(65_536) } }],
  ["a text of Chinese characters", { text: "汉".repeat(30_000) }],
  ["a text of emoji", { text: "🔥".repeat(30_000) }],
  ["control characters", { text: "\u0001".repeat(30_000) }],
  ["lone surrogates", { text: "\ud800".repeat(30_000) }],
  ["500 labels", {
    labels: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`label_${i}`, "v".repeat(500)])),
  }],
  ["100,000 short labels", {
    labels: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`l${i}`, ""])),
  }],
  ["long names", {
    labels: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}${"n".repeat(5_000)}`, "v"])),
  }],
  ["long links", {
    links: Array.from(
      { length: 50 },
      () => ({ kind: "source", url: `https://example.com/${"x".repeat(3_000)}` }),
    ),
  }],
  ["a severity of its sender's own", { severityText: "x".repeat(70_000) }],
  ["a receiver of 70,000 characters", { origin: { receiver: "x".repeat(70_000) } }],
  ["everything at once", {
    title: "\u0001".repeat(70_000),
    text: "\u0001".repeat(70_000),
    severityText: "\u0001".repeat(70_000),
    origin: { receiver: "\u0001".repeat(70_000), groupKey: "g", truncated: 1 },
    labels: Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`${i}${"\u0001".repeat(500)}`, "\u0001".repeat(500)]),
    ),
    annotations: Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`${i}${"\u0001".repeat(500)}`, "\u0001".repeat(500)]),
    ),
    links: Array.from(
      { length: 50 },
      () => ({ kind: "source", url: `https://example.com/${"x".repeat(1_900)}` }),
    ),
  }],
];

for (const [name, part] of LARGE) {
  Deno.test(`an alert with ${name} is cut to what the log takes, with a mark`, () => {
    const alert = shrink({ ...plain, ...part });
    ok(size(alert) < 20_000, `${size(alert)} bytes`);
    if (!part.links || part.text) ok(JSON.stringify(alert).includes("…"));
  });
}

Deno.test("no alert is too large, and no character is cut in half", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  const long = fc.tuple(text, fc.nat({ max: 2_000 })).map(([text, times]) => text.repeat(times));
  fc.assert(
    fc.property(long, long, fc.dictionary(text, long, { maxKeys: 20 }), (title, text, labels) => {
      const alert = shrink({ ...plain, title, text, labels, annotations: labels });
      ok(size(alert) < 20_000);
      ok(JSON.stringify(alert).isWellFormed() && !JSON.stringify(alert).includes("\\ud"));
    }),
    { numRuns: 50 },
  );
});

Deno.test("whatever field an alert gets, its size counts", () => {
  const text = "x".repeat(70_000);
  const fields: Record<
    Exclude<
      keyof Alert,
      | "status"
      | "severity"
      | "startsAt"
      | "endsAt"
      | "clearsAfter"
      | "verbatim"
      | "statusAssumed"
      | "startAssumed"
      | "dialect"
    >,
    unknown
  > = {
    title: text,
    text,
    severityText: text,
    labels: { [text]: text },
    annotations: { [text]: text },
    links: [{ kind: "source", url: `https://${text}` }, { kind: "source", url: "https://a/", title: text }],
    authored: {
      markup: "dingtalk",
      form: "markdown",
      picture: text,
      mentions: { mobiles: [text, ...Array(900).fill("13800000000")], users: [text], all: true },
    },
    origin: { receiver: text },
  };
  for (const [name, value] of Object.entries(fields)) {
    const alert = shrink({ ...plain, [name]: value });
    ok(size(alert) < 20_000, `${name}: ${size(alert)} bytes`);
  }
});
