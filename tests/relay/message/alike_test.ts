import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Labels } from "../../../relay/domain/alert.ts";
import type { MessageAlert } from "../../../relay/channel.ts";
import { groupAlike } from "../../../relay/message/alike.ts";
import { DEFAULT_LABEL_RULES } from "../../../relay/message/labels.ts";
import { textOfParts } from "../../../relay/domain/where.ts";
import { alert } from "../../channels/_message.ts";

function told(title: string, labels: Labels, own: Partial<MessageAlert> = {}): MessageAlert {
  return alert({ title, severity: "warning", labels: { alertname: title, ...labels }, ...own });
}

function folded(...alerts: MessageAlert[]): unknown[] {
  return groupAlike(alerts, DEFAULT_LABEL_RULES).map(({ kind, alerts, shared, differs }) => [
    kind,
    alerts[0]!.title,
    textOfParts(shared),
    [...differs],
  ]);
}

const pod = (name: string, more: Labels = {}): Labels => ({ namespace: "prod", pod: name, ...more });

Deno.test("alike alerts are one group: what they share once, then what differs", () => {
  equal(
    folded(
      told("CrashLoop", pod("a-0", { reason: "Error" })),
      told("CrashLoop", pod("b-0", { reason: "OOMKilled" })),
      told("Full", { instance: "db-1", mountpoint: "/data" }),
      told("Full", { instance: "db-1", mountpoint: "/log" }),
      told("Down", { instance: "db-1" }),
    ),
    [
      ["new", "CrashLoop", "prod", ["a-0 · reason=Error", "b-0 · reason=OOMKilled"]],
      ["new", "Full", "db-1", ["/data", "/log"]],
      ["new", "Down", "", ["db-1"]],
    ],
  );
});

Deno.test("new ones come first, then what became worse, then what is over, then what goes on", () => {
  const at = { instance: "db-1" };
  equal(
    folded(
      told("A", at, { reason: "repeat", still: true }),
      told("B", at, { status: "resolved", reason: "resolved" }),
      told("C", at, { reason: "changed" }),
      told("D", at, { reason: "repeat", folded: 2 }),
      told("A", at),
    ).map((group) => (group as string[]).slice(0, 2)),
    [["new", "D"], ["new", "A"], ["risen", "C"], ["resolved", "B"], ["still", "A"]],
  );
});

Deno.test("of another severity, or with another name, they are not alike", () => {
  const at = { instance: "db-1" };
  equal(folded(told("A", at), told("A", at, { severity: "critical" }), told("B", at)).length, 3);
});

Deno.test("what people wrote is never folded", () => {
  equal(
    folded(told("T", {}, { authored: true, text: "a" }), told("T", {}, { authored: true, text: "b" })).length,
    2,
  );
});

Deno.test("a hidden label is shown where nothing else distinguishes two alerts", () => {
  equal(
    folded(told("A", { instance: "db-1", uid: "u1" }), told("A", { instance: "db-1", uid: "u2" })),
    [["new", "A", "db-1", ["uid=u1", "uid=u2"]]],
  );
  equal(
    folded(
      told("A", pod("x", { container: "a", uid: "1" })),
      told("A", pod("x", { container: "b", uid: "2" })),
    ),
    [["new", "A", "prod/x", ["container=a", "container=b"]]],
  );
});

Deno.test("many are named by their objects alone, as long as these differ", () => {
  const many = Array.from(
    { length: 9 },
    (_, index) => told("A", pod(`p-${index}`, { reason: `r${index % 2}` })),
  );
  equal(groupAlike(many, DEFAULT_LABEL_RULES)[0]!.differs[3], "p-3");
  const same = many.map((alert) => ({ ...alert, labels: { ...alert.labels, pod: "p" } }));
  ok(groupAlike(same, DEFAULT_LABEL_RULES)[0]!.differs[3]!.includes("reason=r1"));
});

Deno.test("every alert is in one group, whatever its labels say", () => {
  const name = fc.constantFrom("pod", "namespace", "instance", "reason", "uid", "constructor", "__proto__");
  const one = fc.record({
    title: fc.constantFrom("A", "B"),
    severity: fc.constantFrom("critical" as const, "info" as const),
    status: fc.constantFrom("firing" as const, "resolved" as const),
    labels: fc.dictionary(name, fc.constantFrom("", "a", "b", "\n")),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), (alerts) => {
      const all = alerts.map((own, index) => alert({ ...own, id: String(index) }));
      const groups = groupAlike(all, DEFAULT_LABEL_RULES);
      equal(
        groups.flatMap(({ alerts }) => alerts.map(({ id }) => id)).toSorted(),
        all.map(({ id }) => id).toSorted(),
      );
      for (const { alerts, differs } of groups) equal(differs.length, alerts.length);
    }),
  );
});
