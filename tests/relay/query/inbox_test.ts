import { deepStrictEqual as equal } from "node:assert/strict";
import type { KeptMessage } from "../../../relay/channel.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { api } from "../../kit/api.ts";
import { discover } from "../../kit/channels.ts";
import { testRelay } from "../../kit/relay.ts";

const MESSAGE: KeptMessage = {
  id: "01KG9EGN000000000000000000-000-0",
  at: 0,
  group: "default/default",
  title: "as the channel tells it",
  body: "",
  severity: "info",
  status: "firing",
  reason: "first",
  alerts: 1,
};

Deno.test("the inbox is what its channel says that it keeps, for the API and for the console", async () => {
  const found = await discover();
  const inbox = found.get("inbox")!;
  const archive: typeof inbox.archive = (cache) => ({
    newest: async (limit) => (await cache.newest(limit)).map(() => MESSAGE),
    get: async (id) => await cache.get(id) === undefined ? undefined : MESSAGE,
  });
  const channels: ChannelRegistry = {
    broken: found.broken,
    faults: found.faults,
    names: () => found.names(),
    load: (names) => found.load(names),
    get: (name) => name === "inbox" ? { ...inbox, archive } : found.get(name),
  };
  await using house = await testRelay({ channels });
  await house.fire({ labels: { alertname: "Other" } });
  equal(await house.relay.query.inbox(10), [MESSAGE]);
  const { body } = await api(house, "GET", "inbox");
  equal(body.messages, [MESSAGE]);
  const [kept] = await house.relay.store.caches.newest("inbox", 1) as { id: string }[];
  equal(await house.relay.query.inboxMessage(kept!.id), MESSAGE);
  equal(await house.relay.query.inboxMessage("nothing"), undefined);
});
