import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Channel, Member } from "../../relay/channel.ts";
import { prepareCall } from "../../relay/delivery/vendor_call.ts";
import type { Caches } from "../../relay/store/cache.ts";
import { TestClock } from "../kit/clock.ts";
import { discover } from "../kit/channels.ts";
import { message } from "./_message.ts";
import { testCache } from "./_talk.ts";

const channels = await discover();

/** The sample in its usual form: without the address of a private deployment, if there is a usual one. */
function usualConfig({ config, sample }: Channel): unknown {
  const { base: _, ...rest } = sample as Record<string, unknown>;
  const usual = config.safeParse(rest);
  return usual.success ? usual.data : config.parse(sample);
}

/** A member with each address that a channel may read. */
function anybody({ address = [] }: Channel): Member {
  const names = ["mobile", "dingtalk", "wecom", ...[address].flat().map(({ name }) => name)];
  const addresses = Object.fromEntries(names.map((name) => [name, "13800000000"]));
  return { id: "li", name: "Li", email: "li@example.com", ...addresses };
}

for (const name of channels.names()) {
  Deno.test(`${name}: its requests go to hosts that it declares or that its config names`, async () => {
    const channel = channels.get(name)!;
    const sent: string[] = [];
    const call = await prepareCall(message({ recipients: [anybody(channel)] }), {
      channel,
      destination: {
        id: `o/l/${name}`,
        name,
        channel: name,
        config: usualConfig(channel),
        lane: "l",
        configHash: "h",
        secrets: [],
        limits: [],
        fallbackAfter: 600_000,
        isFallback: false,
      },
      send: ({ url }) => {
        sent.push(url);
        const json = { access_token: "t", accessToken: "t", tenant_access_token: "t", errcode: 0, code: 0 };
        const text = JSON.stringify(json);
        return Promise.resolve({
          request: "",
          ms: 1,
          response: { status: 200, headers: new Headers(), text, json },
        });
      },
      caches: { of: () => testCache(() => 0) } as unknown as Caches,
      connections: new Map(),
      clock: new TestClock(1_000),
      timeout: 1_000,
      signal: new AbortController().signal,
    });
    const result = await call();
    ok("verdict" in result);
    ok(!/may not send to/.test(result.verdict.because), result.verdict.because);
    const isSilent = name === "inbox" || name === "email" || result.verdict.kind === "skipped";
    equal(sent.length > 0, !isSilent, result.verdict.because);
  });
}
