/** Links in messages that act, for readers without an account. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import type { Channel, ChannelRequest, MessageActions } from "../../../relay/channel.ts";
import { api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { withCards } from "../../relay/delivery/_cards.ts";

const YAML = `
members:
  - { id: li.lei, name: 李雷, mobile: "13800000001" }
groups:
  - owner: default
    level: default
    locale: en
    members: [li.lei]
    destinations: [{ name: cards, channel: webhook, config: { url: "http://cards.test/" } }]`;

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  /** The links of the messages so far. */
  readonly links: (MessageActions | undefined)[];
}

async function scene(
  { channel = {}, publicUrl = "https://alerts.example.com" }: {
    channel?: Partial<Channel>;
    publicUrl?: string;
  } = {},
): Promise<Scene> {
  const links: (MessageActions | undefined)[] = [];
  const house = await testRelay({
    yaml: YAML,
    env: publicUrl === "" ? {} : { FENGHUO_PUBLIC_URL: publicUrl },
    fetch: () => Promise.resolve(Response.json({ card: "1" })),
    channels: await withCards({
      request(_config, { actions, id }): ChannelRequest {
        links.push(actions);
        return { url: "http://cards.test/", json: { text: "", id } };
      },
      ...channel,
    }),
  });
  return { house, links, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

/** As a browser without a session opens a link. */
async function open(
  house: TestRelay,
  link: string,
  init: RequestInit = {},
): Promise<{ status: number; html: string; headers: Headers }> {
  const { pathname } = new URL(link);
  const headers = { accept: "text/html", authorization: "", ...init.headers };
  const response = await house.request(pathname, { ...init, headers });
  return { status: response.status, html: await response.text(), headers: response.headers };
}

async function incident(house: TestRelay): Promise<Record<string, unknown>> {
  const { body } = await api(house, "GET", "incidents?state=all");
  return body.incidents[0];
}

Deno.test("opening a link asks and changes nothing; only its button acknowledges, for the destination", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1", severity: "critical" } });
  const [{ acknowledge }] = links as [Required<MessageActions>];
  for (const method of ["GET", "HEAD", "GET"]) {
    const { status } = await open(house, acknowledge, { method });
    equal(status, 200);
  }
  const page = await open(house, acknowledge);
  match(page.html, /<html lang="en"/);
  match(page.html, /Acknowledge these alerts\?/);
  match(page.html, /Acknowledge as “link in default\/default\/cards”/);
  equal(page.headers.get("cache-control"), "no-store");
  equal(page.headers.get("x-robots-tag"), "noindex");
  equal((await incident(house)).known, false);
  const done = await open(house, acknowledge, { method: "POST" });
  equal(done.status, 303);
  equal(done.headers.get("location"), new URL(acknowledge).pathname);
  const { known, knownBy } = await incident(house);
  equal([known, knownBy], [true, "link in default/default/cards"]);
  const after = await open(house, acknowledge);
  match(after.html, /Acknowledged by link in default\/default\/cards/);
  ok(!after.html.includes('<form class="form"'));
  const { body } = await api(house, "GET", "audit?limit=1");
  equal(body.entries[0].by, "link default/default/cards");
});

Deno.test("the link of a message that one member alone gets acknowledges in that name", async () => {
  await using world = await scene({
    channel: { per: "recipient", address: { name: "mobile", title: "Mobile" } },
  });
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  await open(house, links[0]!.acknowledge!, { method: "POST" });
  equal((await incident(house)).knownBy, "李雷");
});

Deno.test("what another person has said already stays", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  await api(house, "POST", `incidents/${(await incident(house)).id}/ack`, { body: { by: "韩梅梅" } });
  await open(house, links[0]!.acknowledge!, { method: "POST" });
  equal((await incident(house)).knownBy, "韩梅梅");
});

Deno.test("a link about several incidents acknowledges those that are open", async () => {
  await using world = await scene({ channel: { combine: "payload" } });
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } }, { labels: { instance: "db-2" } });
  await house.fire({ labels: { instance: "db-1" }, status: "resolved" });
  await open(house, links[0]!.acknowledge!, { method: "POST" });
  const { body } = await api(house, "GET", "incidents?state=all");
  const facts = body.incidents.map((
    { closedAt, knownAt }: Record<string, unknown>,
  ) => [closedAt !== null, knownAt !== undefined]);
  equal(facts.sort(), [[false, true], [true, false]]);
});

Deno.test("a link that only shows does not act, and a resolved message has no other", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const shown = await open(house, links[0]!.open);
  equal(shown.status, 200);
  ok(!shown.html.includes('<form class="form"'));
  equal((await open(house, links[0]!.open, { method: "POST" })).status, 403);
  equal((await incident(house)).known, false);
  await house.fire({ labels: { instance: "db-1" }, status: "resolved" });
  equal(Object.keys(links[1]!), ["open"]);
  equal((await open(house, links[0]!.acknowledge!, { method: "POST" })).status, 303);
  equal((await incident(house)).knownAt, undefined);
});

Deno.test("a changed link, and one that is too old, are pages that say so and act on nothing", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const link = links[0]!.acknowledge!;
  const wrong = await open(house, link.slice(0, -2) + "xx", { method: "POST" });
  equal(wrong.status, 404);
  house.clock.advance(73 * HOUR);
  const old = await open(house, link, { method: "POST" });
  equal(old.status, 404);
  match(old.html, /过期|expired/);
});

Deno.test("more requests than people make are refused, and those of strangers do not count", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  for (let count = 0; count < 310; count++) await open(house, "https://x.test/l/none");
  const statuses = new Set<number>();
  for (let count = 0; count < 301; count++) {
    const { status, headers } = await open(house, links[0]!.open);
    statuses.add(status);
    if (status === 429) ok(Number(headers.get("retry-after")) > 0);
  }
  equal([...statuses], [200, 429]);
});

Deno.test("without a public address messages have no such links", async () => {
  await using world = await scene({ publicUrl: "" });
  await world.house.fire({ labels: { instance: "db-1" } });
  equal(world.links, [undefined]);
});

Deno.test("a scanner that opens every link of a message changes nothing", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const { codes: _, ...addresses } = links[0]!;
  const before = await incident(house);
  for (const address of Object.values(addresses)) {
    for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]) await open(house, address, { method });
    for (const hint of ["?utm_source=mail", "#x", "/"]) await open(house, address + hint);
  }
  equal(await incident(house), before);
});

Deno.test("a link takes an incident, also from another person, and says who has it", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const { id } = await incident(house);
  const { acknowledge, take, snooze } = links[0] as Required<MessageActions>;
  await api(house, "POST", `incidents/${id}/ack`, { body: { by: "韩梅梅" } });
  for (const link of [acknowledge, snooze]) {
    const { html } = await open(house, link);
    match(html, /Acknowledged by 韩梅梅/);
    ok(!html.includes('<form class="form"'), "somebody has it");
  }
  const asks = await open(house, take);
  match(asks.html, /Take these alerts\?/);
  match(asks.html, /Take as “link in default\/default\/cards”/);
  await open(house, take, { method: "POST" });
  const { knownBy, holder } = await incident(house);
  equal([knownBy, holder], ["link in default/default/cards", "link in default/default/cards"]);
  match((await open(house, take)).html, /link in default\/default\/cards has it/);
});

Deno.test("a link snoozes an incident for an hour, after which it needs somebody again", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  match((await open(house, links[0]!.snooze!)).html, /Snooze these alerts for 1 hour\?/);
  await open(house, links[0]!.snooze!, { method: "POST" });
  const { known, knownUntil, holder } = await incident(house);
  equal([known, holder], [true, undefined]);
  equal(Date.parse(String(knownUntil)) || knownUntil, house.clock.now() + HOUR);
  const again = await open(house, links[0]!.snooze!);
  match(again.html, /Snoozed by link in default\/default\/cards/);
  ok(!again.html.includes('<form class="form"'), "it is snoozed already");
});

Deno.test("the link of a member who has left the group is refused", async () => {
  await using world = await scene({
    channel: { per: "recipient", address: { name: "mobile", title: "Mobile" } },
  });
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const left = await testRelay({
    yaml: YAML.replace("    members: [li.lei]\n", ""),
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
    clock: house.clock,
    channels: house.relay.channels,
    kv: house.kv,
  });
  try {
    for (const method of ["GET", "POST"]) {
      const { status, html } = await open(left, links[0]!.take!, { method });
      equal(status, 403);
      match(html, /该链接属于「李雷」，此人已不在该组/);
    }
    equal((await incident(left)).known, false);
  } finally {
    await left[Symbol.asyncDispose]();
  }
});

Deno.test("the link of a destination that was removed is refused", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const removed = await testRelay({
    yaml: YAML.replace("name: cards", "name: other"),
    env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" },
    clock: house.clock,
    channels: house.relay.channels,
    kv: house.kv,
  });
  try {
    for (const method of ["GET", "POST"]) {
      const { status, html } = await open(removed, links[0]!.take!, { method });
      equal(status, 403);
      match(html, /该链接所属的投递目标已删除/);
    }
    equal((await incident(removed)).known, false);
  } finally {
    await removed[Symbol.asyncDispose]();
  }
});

Deno.test("a program that posts a link gets a line, and a refusal when nothing changes", async () => {
  await using world = await scene();
  const { house, links } = world;
  await house.fire({ labels: { instance: "db-1" } });
  const post = async (link: string): Promise<[number, string, string | null]> => {
    const { pathname } = new URL(link);
    const response = await house.request(pathname, { method: "POST", headers: { authorization: "" } });
    return [response.status, await response.text(), response.headers.get("access-control-allow-origin")];
  };
  equal(await post(links[0]!.take!), [200, "Taken: Test", "*"]);
  equal(await post(links[0]!.acknowledge!), [409, "No change: Test", "*"]);
});
