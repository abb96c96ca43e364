import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { api } from "../../../kit/api.ts";
import { visitor } from "../../../kit/console.ts";
import { fill } from "../../../kit/form.ts";
import { testRelay } from "../../../kit/relay.ts";

const FOLD = /<details class="field fold"[^>]*>/;

/** What is inside the fold, and what is before it. */
function parts(html: string): { before: string; fold: string; isOpen: boolean } {
  const [tag = ""] = FOLD.exec(html) ?? [];
  const [before = "", fold = ""] = html.split(FOLD);
  return { before, fold, isOpen: / open>$/.test(tag) };
}

Deno.test("proxy and certificates are folded away until one is set or wrong", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const path = "/groups/default/default/destinations";
  const empty = parts((await admin.get(`${path}?channel=webhook`)).html);
  equal(empty.isOpen, false);
  match(empty.fold, /name="value.proxy"/);
  doesNotMatch(empty.before, /name="value.(?:proxy|ca|cert|key)"/);
  match(empty.before, /name="value.timeout"/);

  const wrong = await fill(admin, `${path}?channel=webhook`, {
    "value.config.url": "http://127.0.0.1:9/",
    "value.proxy": "ftp://proxy",
  });
  equal(parts(wrong.html).isOpen, true, "nobody looks for an error behind a closed door");

  const saved = await fill(admin, `${path}?channel=webhook`, {
    "value.config.url": "http://127.0.0.1:9/",
    "value.proxy": "http://user:secret@127.0.0.1:3128",
  });
  equal(saved.status, 303, saved.html);
  equal(
    parts((await admin.get(`${path}/webhook`)).html).isOpen,
    true,
    "a secret that is set is no empty field",
  );
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
