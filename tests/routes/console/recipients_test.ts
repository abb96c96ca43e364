/** The console's view of deliveries of channels that send to each recipient, and of channels without a request. */
import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { type Channel, delivered, refused, retryAlone, skipped } from "../../../relay/channel.ts";
import { visitor } from "../../kit/console.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { withCards } from "../../relay/delivery/_cards.ts";

async function scene(channel: Partial<Channel>): Promise<TestRelay> {
  return await testRelay({
    yaml: `
members:
  - { id: li.lei, name: 李雷, mobile: "13800000001" }
  - { id: zhao.gang, name: 赵刚, mobile: "13800000002" }
  - { id: han.meimei, name: 韩梅梅, mobile: "13800000003" }
groups:
  - owner: default
    level: default
    members: [li.lei, zhao.gang, han.meimei]
    destinations: [{ name: phones, channel: webhook, config: { url: "http://cards.test/" } }]`,
    channels: await withCards({ threads: false, ...channel }),
    fetch: (_url, init) => Promise.resolve(new Response(JSON.parse(String(init!.body)).to)),
  });
}

Deno.test("a delivery names each member, with the reason of each failure, while others are still tried", async () => {
  await using house = await scene({
    per: "recipient",
    address: { name: "mobile", title: "Mobile" },
    request: (_config, { recipients }) => ({ url: "http://cards.test/", json: { to: recipients[0]!.id } }),
    verdict: ({ text: to }) => {
      if (to === "zhao.gang") return refused("recipient", "the number is not in service");
      return to === "han.meimei" ? retryAlone("the phone is off") : delivered("rang");
    },
  });
  await house.fire({ labels: { instance: "db-1" } });
  const [delivery] = await house.deliveries();
  equal(delivery!.state, "pending");
  const viewer = await visitor(house, "viewer");
  const { html } = await viewer.get(`/deliveries/${delivery!.id}`);
  const facts = html.slice(html.indexOf('<dl class="facts">'), html.indexOf("</dl>"));
  match(facts, /<bdi>李雷<\/bdi>/);
  match(facts, /<bdi>韩梅梅<\/bdi>/);
  match(facts, /赵刚 \(the number is not in service\)/);

  const alert = await viewer.get(`/alerts/${delivery!.alert}`);
  const attempts = alert.html.slice(alert.html.indexOf('id="deliveries"'));
  match(attempts, /the number is not in service <span class="quiet">发给 zhao\.gang。<\/span>/);
});

Deno.test("what a channel skips is nothing to send on every page, and no message that a provider has not confirmed", async () => {
  await using house = await scene({ request: () => skipped("only resolved alerts are written here") });
  await house.fire({ labels: { instance: "db-1" } });
  const [delivery] = await house.deliveries();
  const viewer = await visitor(house, "viewer");
  const [incident] = await house.relay.store.incidents.newest("open", 1);
  const pages = [
    `/incidents/${incident!.id}`,
    `/alerts/${delivery!.alert}`,
    `/deliveries/${delivery!.id}`,
    "/deliveries?tab=recent",
  ];
  for (const path of pages) {
    const { html } = await viewer.get(path);
    match(html, /class="badge *"><span aria-hidden="true">○<\/span> 无需发送/, path);
    doesNotMatch(html, /<\/span> 已转备用渠道<|没有确认收到/, path);
  }
});
