import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import dingtalk from "../../channels/dingtalk_robot.ts";
import feishu from "../../channels/feishu_robot.ts";
import wecom from "../../channels/wecom_robot.ts";
import type { Alert } from "../../relay/domain/alert.ts";
import type { Channel } from "../../relay/channel.ts";
import { sizeLimits } from "../../relay/channel/limits.ts";
import { flavourOf, formOf, limitsOf } from "../../relay/channel/options.ts";
import { measure } from "../../relay/channel/size.ts";
import { renderDigest } from "../../relay/message/digest.ts";
import type { Entry } from "../../relay/message/entry.ts";
import { render } from "../../relay/message/render.ts";
import type { RenderOptions } from "../../relay/message/render_options.ts";
import { alert, entry, group } from "../kit/domain.ts";
import { templates } from "../kit/templates.ts";

const START = Date.UTC(2026, 10, 20, 2, 43);

const VENDORS: readonly (readonly [channel: Channel, form: string])[] = [
  [dingtalk, "markdown"],
  [dingtalk, "text"],
  [feishu, "card"],
  [wecom, "markdown"],
  [wecom, "text"],
];

const piece = fc.constantFrom(
  ...'* _ ` ** [x](http://e.example) <at> \n \u202e 🔥 \u200b 内存 \\ " 1.2345678e+09 - > #'.split(" "),
  "a".repeat(60),
);
const words = (most: number): fc.Arbitrary<string> =>
  fc.array(piece, { maxLength: most }).map((pieces) => pieces.join(" "));

const hostile = fc.record({
  title: words(8),
  text: words(60),
  severity: fc.constantFrom<Alert["severity"]>("critical", "error", "warning", "info"),
  isOver: fc.boolean(),
  labels: fc.dictionary(
    fc.constantFrom("namespace", "pod", "instance", "mountpoint", "a", "b", "c"),
    words(12),
  ),
  description: words(40),
  reason: fc.constantFrom<Entry["reason"]>("first", "changed", "repeat"),
});
// Up to 60 alerts of few names, so that some payloads need several messages.
const payloads = fc.tuple(fc.array(hostile, { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 2, 7, 60))
  .map(([kinds, count]) =>
    Array.from({ length: count }, (_, index): Entry => {
      const { title, text, severity, isOver, labels, description, reason } = kinds[index % kinds.length]!;
      const hostile = alert({
        status: isOver ? "resolved" : "firing",
        severity,
        title,
        text,
        labels: { ...labels, number: String(index) },
        annotations: { description },
        startsAt: START,
        endsAt: isOver ? START + 61_000 : null,
        links: [{ kind: "runbook", url: `https://runbooks.example.com/${index}` }],
      });
      return entry(hostile, index, { reason, folded: index % 3 });
    })
  );

Deno.test("whatever alerts say, no vendor's body is too long, and the same alerts make the same message", () => {
  fc.assert(
    fc.property(payloads, fc.constantFrom("zh" as const, "en" as const), (entries, locale) => {
      for (const [channel, form] of VENDORS) {
        const config = { ...channel.sample as object, form };
        const limits = limitsOf(channel, config);
        const options: RenderOptions = {
          form: formOf(channel, config),
          flavour: flavourOf(channel, config),
          limits,
          now: START + 500_000,
          group: group({ locale, timezone: "UTC" }),
          templates,
          rewrite: (url) => url,
          publicUrl: "https://fenghuo.example.com",
          messageId: (ids) => ids.join("+"),
        };
        for (const write of [render, renderDigest]) {
          const { message, problem } = write(entries, options);
          equal(problem, undefined);
          for (const { of, unit, most } of sizeLimits(limits)) {
            if (of !== "body") continue;
            ok(measure(message.body, unit) <= most, `${channel.name} ${form}: ${message.body}`);
          }
          ok(message.title !== "" && message.body !== "");
          equal(write(entries, options).message, message);
        }
      }
    }),
    { numRuns: 60 },
  );
});
