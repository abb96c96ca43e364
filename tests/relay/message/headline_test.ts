import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Labels } from "../../../relay/domain/alert.ts";
import type { MessageAlert } from "../../../relay/channel.ts";
import { byImportance, messageData } from "../../../relay/message/template_data.ts";
import { alert } from "../../channels/_message.ts";
import { group } from "../../kit/domain.ts";

function told(title: string, labels: Labels, own: Partial<MessageAlert> = {}): MessageAlert {
  return alert({ title, labels: { alertname: title, ...labels }, ...own });
}

const pod = (name: string, own: Partial<MessageAlert> = {}, namespace = "prod"): MessageAlert =>
  told("KubePodCrashLooping", { namespace, pod: name }, own);
const OVER = { status: "resolved", reason: "resolved", endsAt: 1_772_352_000_000 } as const;
const STILL = { reason: "repeat", still: true } as const;
const full = told("DiskFull", { instance: "10.0.0.1:9100", mountpoint: "/data" }, { severity: "warning" });

const HEADLINES: readonly (readonly [
  why: string,
  alerts: readonly MessageAlert[],
  zh: readonly [title: string, subject: string],
  en: readonly [title: string, subject: string],
])[] = [
  ["one", [pod("checkout-7d9f8b6c5-x2x4z")], [
    "🔴checkout KubePodCrashLooping",
    "[严重] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z",
  ], ["🔴checkout KubePodCrashLooping", "[Critical] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z"]],
  ["the same, over", [pod("checkout-7d9f8b6c5-x2x4z", OVER)], [
    "✅checkout KubePodCrashLooping",
    "[严重] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z",
  ], ["✅checkout KubePodCrashLooping", "[Critical] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z"]],
  ["one that goes on", [pod("pg-0", STILL)], [
    "🔴pg-0 KubePodCrashLooping（仍未恢复）",
    "[严重] KubePodCrashLooping · prod/pg-0",
  ], ["🔴pg-0 KubePodCrashLooping (still firing)", "[Critical] KubePodCrashLooping · prod/pg-0"]],
  ["alike, in one place", [pod("a-0"), pod("b-0"), pod("c-0")], [
    "🔴prod KubePodCrashLooping ×3",
    "[严重] KubePodCrashLooping 等 3 · prod",
  ], ["🔴prod KubePodCrashLooping ×3", "[Critical] KubePodCrashLooping +2 · prod"]],
  ["alike, with nothing in common", [pod("a-0"), pod("b-0", {}, "stage")], [
    "🔴a-0等2 KubePodCrashLooping",
    "[严重] KubePodCrashLooping 等 2",
  ], ["🔴a-0 +1 KubePodCrashLooping", "[Critical] KubePodCrashLooping +1"]],
  ["alike, nobody knows where", [told("A", { team: "x" }), told("A", { team: "y" })], [
    "🔴A ×2",
    "[严重] A 等 2",
  ], ["🔴A ×2", "[Critical] A +1"]],
  ["of different names, some over", [pod("a-0"), pod("b-0"), full, pod("c-0", OVER)], [
    "🔴prod KubePodCrashLooping 等 2 类 ✅1",
    "[严重] KubePodCrashLooping 等 2 类 · prod",
  ], ["🔴prod KubePodCrashLooping +1 more ✅1", "[Critical] KubePodCrashLooping +1 more · prod"]],
  ["what goes on beside what is new", [pod("a-0", STILL), full], [
    "🟡10.0.0.1 DiskFull",
    "[警告] DiskFull · 10.0.0.1:9100 /data",
  ], ["🟡10.0.0.1 DiskFull", "[Warning] DiskFull · 10.0.0.1:9100 /data"]],
  ["a name that says where", [told("db-1 is down", { instance: "db-1" })], [
    "🔴db-1 is down",
    "[严重] db-1 is down",
  ], ["🔴db-1 is down", "[Critical] db-1 is down"]],
  ["what a person wrote", [told("发布 v1.2", {}, { authored: true, statusAssumed: true })], [
    "发布 v1.2",
    "发布 v1.2",
  ], ["发布 v1.2", "发布 v1.2"]],
  ["what OCP wrote of its server", [
    told("租户", { svr_ip: "10.30.0.13" }, { authored: true, statusAssumed: true }),
  ], [
    "🔴…30.0.13 租户",
    "[严重] 租户 · 10.30.0.13",
  ], ["🔴…30.0.13 租户", "[Critical] 租户 · 10.30.0.13"]],
];

for (const [why, alerts, zh, en] of HEADLINES) {
  Deno.test(`title and subject: ${why}`, () => {
    for (const [locale, headline] of [["zh", zh], ["en", en]] as const) {
      const { title, subject } = messageData(alerts.toSorted(byImportance), group({ locale }));
      equal([title, subject], [...headline]);
    }
  });
}

Deno.test("the first 20 characters tell which object and which alert, however many there are", () => {
  for (const count of [1, 2, 30, 200]) {
    const alerts = Array.from({ length: count }, (_, index) => pod(`worker-${index}`));
    const [first] = [[...messageData(alerts, group({ locale: "zh" })).title].slice(0, 20).join("")];
    ok(/^🔴(worker-0|prod) KubePod/.test(first), first);
  }
});
