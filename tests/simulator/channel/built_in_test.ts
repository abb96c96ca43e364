/** Each channel of the repository against the vendor that the kit makes of its fixtures, over HTTP. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { attempt, configured, message, NOW, startFake } from "../../../simulator/testing.ts";
import { peopleFor } from "../../../simulator/channel/people.ts";
import { discover } from "../../kit/channels.ts";

const registry = await discover();
const channels = registry.names().map((name) => registry.get(name)!).filter(({ fixtures }) => fixtures);

Deno.test("nearly every channel has a fake vendor", () => ok(channels.length >= registry.names().length - 3));

for (const channel of channels) {
  Deno.test(`${channel.name}: its fake vendor takes a message, and neither an outage nor a page is a yes`, async () => {
    const to = configured(channel);
    await using vendor = await startFake(to, { now: () => NOW });
    const own = message({ recipients: peopleFor(channel) });
    const { verdict } = await attempt(to, own, vendor.respond);
    equal([verdict.kind, vendor.messages.length > 0], ["delivered", true], verdict.because);
    vendor.fault("5xx", { times: Infinity });
    equal((await attempt(to, own, vendor.respond)).verdict.kind, "retry", "HTTP 503");
    vendor.heal();
    vendor.fault("html", { times: Infinity });
    const page = await attempt(to, own, vendor.respond);
    ok(channel.honestStatus || page.verdict.kind !== "delivered", "a page counts as a yes");
  });
}
