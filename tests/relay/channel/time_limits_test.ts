import { deepStrictEqual as equal, rejects, throws } from "node:assert/strict";
import { type Channel, defineChannel, delivered, z } from "../../../relay/channel.ts";
import { ChannelError } from "../../../relay/channel/channel_error.ts";
import { withTimeLimits } from "../../../relay/channel/time_limits.ts";

/** Never returns, and catches every exception. */
function endless(): never {
  for (;;) {
    try {
      while (Math.random() < 2);
    } catch {
      // continues
    }
  }
}

/** A channel with these parts, whose functions may take 30 ms. */
function limited(own: Record<string, unknown>): Promise<Channel> {
  const channel = { name: "mine", title: "Mine", config: z.object({}), request: endless, sample: {} };
  return withTimeLimits(defineChannel({ ...channel, ...own } as Channel), { limit: 30 });
}

const inVain = (name: string): { name: string; message: string } => ({
  name: "ChannelError",
  message: `${name} does not return within 0.03 s, and the whole relay waits for it`,
});

Deno.test("a function that never returns is interrupted, wherever the definition has it", async () => {
  const functions: Record<string, (channel: Channel) => unknown> = {
    request: ({ request }) => request!({}, undefined!, undefined!),
    verdict: ({ verdict }) => verdict!(undefined!, undefined!),
    lane: ({ lane }) => lane!({}),
    limits: ({ limits }) => (limits as () => unknown)(),
    send: ({ send }) => send!({}, undefined!, undefined!),
  };
  for (const [name, call] of Object.entries(functions)) {
    const channel = await limited({ [name]: endless });
    throws(() => call(channel), inVain(name));
  }
  const { markdown, target } = await limited({
    markdown: { draws: [], write: endless },
    target: { hosts: [], read: endless },
  });
  throws(() => (markdown as unknown as { write: () => unknown }).write(), inVain("write"));
  throws(() => target!.read(undefined!), inVain("read"));
});

Deno.test("an expression that backtracks for ever is interrupted", async () => {
  const channel = await limited({ lane: () => String(/^(a+)+$/.test(`${"a".repeat(60)}!`)) });
  throws(() => channel.lane!({}), inVain("lane"));
});

Deno.test("whatever else a function does is as before", async () => {
  const error = new RangeError("boom");
  const channel = await limited({
    lane(this: Channel, config: { id: string }): string {
      return `${this.name} ${config.id}`;
    },
    limits: () => {
      throw error;
    },
    send: async () => {
      await Promise.resolve();
      return delivered();
    },
    verdict: () => Promise.reject(error),
    sample: { lane: "x" },
  });
  equal(channel.lane!({ id: "7" }), "mine 7");
  throws(() => (channel.limits as () => unknown)(), (thrown) => thrown === error);
  equal(await channel.send!({}, undefined!, undefined!), delivered());
  await rejects(Promise.resolve(channel.verdict!(undefined!, undefined!)), (thrown) => thrown === error);
  equal([channel.name, channel.sample], ["mine", { lane: "x" }]);
});

Deno.test("one channel's function may call another's", async () => {
  const inner = await limited({ lane: () => "inner" });
  const outer = await limited({ lane: () => `outer ${inner.lane!({})}` });
  equal([outer.lane!({}), inner.lane!({}), new ChannelError("x").name], [
    "outer inner",
    "inner",
    "ChannelError",
  ]);
});
