import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { api } from "../../../kit/api.ts";
import { visitor } from "../../../kit/console.ts";
import { fill } from "../../../kit/form.ts";
import { testRelay } from "../../../kit/relay.ts";

/** The content of the fold with this id, the part before it, and the text of its line. */
function parts(
  html: string,
  id = "",
): { before: string; fold: string; isOpen: boolean; summary: string } {
  const start = new RegExp(`<details class="field fold" id="[^"]*${id}"[^>]*>`);
  const [tag = ""] = start.exec(html) ?? [];
  const [before = "", after = ""] = html.split(start);
  const [fold = ""] = after.split("</details>");
  const [, summary = ""] = /<span class="quiet">([^<]*)<\/span><\/summary>/.exec(fold) ?? [];
  return { before, fold, isOpen: / open>$/.test(tag), summary };
}

const NETWORK = "destinations-network";

Deno.test("proxy and certificates are folded away until one is wrong; the line says what is set", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const path = "/groups/default/default/destinations";
  const empty = parts((await admin.get(`${path}?channel=webhook`)).html, NETWORK);
  equal([empty.isOpen, empty.summary], [false, "默认"]);
  match(empty.fold, /name="value.proxy"/);
  doesNotMatch(empty.before, /name="value.(?:proxy|ca|cert|key)"/);
  match(empty.before, /name="value.timeout"/);

  const wrong = await fill(admin, `${path}?channel=webhook`, {
    "value.config.url": "http://127.0.0.1:9/",
    "value.proxy": "ftp://proxy",
  });
  equal(parts(wrong.html, NETWORK).isOpen, true, "nobody looks for an error behind a closed door");

  const saved = await fill(admin, `${path}?channel=webhook`, {
    "value.config.url": "http://127.0.0.1:9/",
    "value.proxy": "http://user:secret@127.0.0.1:3128",
  });
  equal(saved.status, 303, saved.html);
  const shown = parts((await admin.get(`${path}/webhook`)).html, NETWORK);
  equal([shown.isOpen, shown.summary], [false, "代理 ✓"], "a secret that is set is no empty field");
});

Deno.test("a group's form shows its members; each fold says what it is set to", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const usual = (await admin.get("/groups/new")).html;
  const lines = [...usual.matchAll(/<span class="name">([^<]*)<\/span> <span class="quiet">([^<]*)</g)]
    .map(([, name, summary]) => `${name}: ${summary}`);
  equal(lines.slice(0, 6), [
    "去重: 窗口 5m，4h 后再次通知",
    "合并通知: 每条告警立即通知",
    "再次提醒: 不提醒",
    "免打扰时段: 无",
    "值班: 始终通知全体",
    "升级: 无",
  ]);
  await api(house, "PUT", "config/groups/ops/1", {
    body: {
      window: "1m",
      remind: "30m",
      quiet: { from: "22:00", to: "08:00" },
      escalate: [{ after: "10m", to: "default/default" }],
    },
  });
  const { html } = await admin.get("/groups/ops/1/edit");
  match(parts(html, "groups-fold-dedup").summary, /窗口 1m/);
  match(parts(html, "groups-fold-remind").summary, /30m/);
  equal(parts(html, "groups-fold-quiet").summary, "22:00 08:00");
  match(parts(html, "groups-fold-escalate").summary, /1 步/);
});

Deno.test("a channel's settings with a default are folded; what it needs is not", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const path = "/groups/default/default/destinations?channel=dingtalk_robot";
  const { before, fold } = parts((await admin.get(path)).html, "destinations-more");
  match(before, /name="value.config.token"[\s\S]*name="value.config.secret"/);
  match(fold, /name="value.config.base"[\s\S]*name="value.config.form"/);
});

Deno.test("a member's form begins with the addresses that a channel in use needs; the others are folded away", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  await api(house, "PUT", "config/members/li.lei", { body: { telegram: "@li_lei" } });
  const before = parts((await admin.get("/members/new")).html);
  match(before.fold, /name="value.slack"/);
  match(before.before, /name="value.email"/);

  await fill(admin, "/groups/default/default/destinations?channel=slack_webhook", {
    "value.config.url": "https://hooks.slack.com/services/T0/B0/x",
  });
  const used = parts((await admin.get("/members/new")).html);
  match(used.before, /name="value.slack"/);
  match(used.fold, /name="value.telegram"/);

  const own = parts((await admin.get("/members/li.lei")).html);
  match(own.before, /name="value.telegram"/, "an address that a member has is never hidden");
  equal(own.isOpen, false);
});

Deno.test("a choice has the reader's word beside the configuration's, also where it is the default", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const { html } = await admin.get("/groups/default/default/destinations?channel=feishu_app");
  const [, select = ""] = /<select id="value-config-urgentFrom"[^>]*>([\s\S]*?)<\/select>/.exec(html) ?? [];
  const shown = [...select.matchAll(/<option value="([^"]*)"[^>]*>([^<]+)</g)].map(([, ...pair]) => pair);
  equal(shown.slice(0, 2), [["", "（默认：critical · 严重）"], ["critical", "critical · 严重"]]);
});
