import { deepStrictEqual as equal, match } from "node:assert/strict";
import { afterButton } from "../../../routes/console/rules/draft.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";

const RULES = ["a", "b", "c"].map((match) => ({ match, group: "g/1" }));

for (
  const [button, place, order, at] of [
    ["up-2", "", "a,c,b", 1],
    ["down-0", "", "b,a,c", 1],
    ["move-0", "3", "b,c,a", 2],
    ["move-2", "1", "c,a,b", 0],
    ["move-1", "99", "a,c,b", 2],
    ["move-1", "x", "a,b,c", 1],
    ["move-1", "0", "a,b,c", 1],
    ["remove-1", "", "a,c", undefined],
    ["move-7", "1", "a,b,c", undefined],
  ] as const
) {
  Deno.test(`the button ${button}${place && ` with the position ${place}`} makes ${order} of a,b,c`, () => {
    const places = RULES.map((_, index) => button.endsWith(String(index)) ? place : String(index + 1));
    const moved = afterButton(RULES, button, places);
    equal([moved.rules.map(({ match }) => match).join(), moved.at], [order, at]);
  });
}

Deno.test("the editor counts the last alerts that each rule matches, and who would be notified", async () => {
  await using house = await testRelay();
  await api(house, "PUT", "config/groups/dba/1", { body: {} });
  await api(house, "PUT", "config/rules", { body: [{ match: ["team=dba"], group: "dba/1" }] });
  await house.fire({ labels: { alertname: "A", team: "dba" } });
  await house.fire({ labels: { alertname: "B", team: "dba" } });
  await house.fire({ labels: { alertname: "C", team: "web" } });
  const admin = await visitor(house);
  const { html } = await admin.get("/rules/edit");
  match(html, /id="count-0"[^>]*>匹配最近 3 条告警中的 2 条/);
  match(html, /<span class="number">2<\/span> <bdi>dba\/1<\/bdi>/);
  match(html, /<span class="number">1<\/span> <bdi>default\/default<\/bdi>/);
  const typed = await admin.post("/rules/edit", {
    version: "",
    match: 'team=~"dba|web"',
    group: "dba/1",
    place: "1",
  });
  match(typed.html, /id="count-0"[^>]*>匹配最近 3 条告警中的 3 条/);
  const wrong = await admin.post("/rules/edit", {
    version: "",
    match: 'team=~"("',
    group: "dba/1",
    place: "1",
  });
  match(wrong.html, /id="match-0-error"><p class="wrong">/);
});
