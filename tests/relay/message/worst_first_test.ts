import assert from "node:assert/strict";
import type { Alert, Labels } from "../../../relay/domain/alert.ts";
import type { Message } from "../../../relay/channel.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { render } from "../../../relay/message/render.ts";
import { alert, entry, group } from "../../kit/domain.ts";
import { templates } from "../../kit/templates.ts";

const START = Date.UTC(2026, 10, 20, 2, 43);

type Told = Partial<Alert> & { entry?: Partial<Entry> };

function told(title: string, labels: Labels, { entry: own = {}, ...rest }: Told = {}): Entry {
  const id = `${title} ${Object.values(labels).join()}`;
  const one = alert({ title, labels: { alertname: title, ...labels }, startsAt: START, ...rest });
  return entry(one, 0, { id, alertId: id, fingerprint: id, ...own });
}

function messageOf(entries: readonly Entry[], { locale = "zh" }: { locale?: Locale } = {}): Message {
  const { message } = render(entries, {
    now: START + 500_000,
    group: group({ locale }),
    form: "text",
    limits: {},
    templates,
    rewrite: (url) => url,
    messageId: (ids) => ids.join("+"),
  });
  return message;
}

const critical = { severity: "critical" } as const;
const risen: Told = { ...critical, entry: { reason: "changed" } };
const over = (seconds: number): Told => ({ status: "resolved", endsAt: START + seconds * 1_000 });

Deno.test("a headline names the worst of what began or became worse, and each name once", () => {
  const cases: [why: string, entries: Entry[], title: string, subject: string][] = [
    [
      "one that became critical comes before a new warning",
      [told("Slow", { instance: "db-9:9100" }), told("DiskFull", { instance: "db-1:9100" }, risen)],
      "🔴db-1 DiskFull 等 2 类",
      "[严重] DiskFull 等 2 类 · db-1:9100",
    ],
    [
      "one name in two severities is one kind",
      [
        told("DiskFull", { instance: "db-1:9100" }, critical),
        told("DiskFull", { instance: "db-2:9100" }),
        told("DiskFull", { instance: "db-3:9100" }),
      ],
      "🔴db-1等3 DiskFull",
      "[严重] DiskFull 等 3",
    ],
    [
      "with what they share of their where",
      [
        told("PodDown", { namespace: "prod", pod: "cart" }, critical),
        told("PodDown", { namespace: "prod", pod: "api" }),
      ],
      "🔴prod PodDown ×2",
      "[严重] PodDown 等 2 · prod",
    ],
    [
      "a name that has the letters of the where does not tell it",
      [
        told("BackupdbFailed", { namespace: "db", pod: "a" }),
        told("BackupdbFailed", { namespace: "db", pod: "b" }),
      ],
      "🟡db BackupdbFailed ×2",
      "[警告] BackupdbFailed 等 2 · db",
    ],
    [
      "one that has it as a word does",
      [told("db-1 宕机", { instance: "db-1" })],
      "🟡db-1 宕机",
      "[警告] db-1 宕机",
    ],
  ];
  for (const [why, entries, title, subject] of cases) {
    const message = messageOf(entries);
    assert.equal(message.title, title, why);
    assert.equal(message.subject, subject, why);
  }
});

Deno.test("the body gives what became critical before what is new, and no where is lost", () => {
  const cases: [why: string, entries: Entry[], has: RegExp, hasNot?: RegExp][] = [
    [
      "worst first",
      [told("Slow", { instance: "db-9:9100" }), told("DiskFull", { instance: "db-1:9100" }, risen)],
      /DiskFull · 严重 · 级别上升[^]*Slow · 警告/,
    ],
    [
      "two alerts about one object name it",
      [
        told("DiskFull", { instance: "db-1:9100", job: "a" }),
        told("DiskFull", { instance: "db-1:9100", job: "b", team: "" }),
      ],
      /^.*\n(- )?db-1:9100/,
    ],
    [
      "what goes on is named with its object",
      [
        told("MysqlDown", { instance: "db-1:3306" }, {
          ...critical,
          entry: { reason: "repeat", still: true },
        }),
        told("Slow", { instance: "db-2:3306" }),
      ],
      /仍未恢复：🔴MysqlDown db-1:3306$/m,
    ],
    [
      "what is over has no labels",
      [
        told("A", { instance: "db-1:9100", team: "dba" }, over(60)),
        told("B", { instance: "db-2:9100", team: "dba" }, over(60)),
      ],
      /已恢复/,
      /team|标签/,
    ],
    [
      "of several that are over, the longest counts",
      [
        told("Lag", { instance: "db-1:9100" }, over(5)),
        told("Lag", { instance: "db-2:9100" }, over(3_600)),
      ],
      /持续 1 小时/,
    ],
    [
      "a value that stands inside of another number is shown",
      [told("Lag", { instance: "db-1" }, { text: "behind for 3m", annotations: { value: "3" } })],
      /^值：3$/m,
    ],
    [
      "a value that a text has is not",
      [told("Lag", { instance: "db-1" }, { text: "behind by 97.3%", annotations: { value: "97.3" } })],
      /97\.3%/,
      /值：/,
    ],
  ];
  for (const [why, entries, has, hasNot] of cases) {
    const { body } = messageOf(entries);
    assert.match(body, has, why);
    if (hasNot !== undefined) assert.doesNotMatch(body, hasNot, why);
  }
});

Deno.test("what is over does not colour a message about what fires", () => {
  const { severity, status } = messageOf([
    told("DiskFull", { instance: "db-1:9100" }, { ...critical, ...over(60) }),
    told("Slow", { instance: "db-2:9100" }),
  ]);
  assert.deepEqual([severity, status], ["warning", "firing"]);
});
