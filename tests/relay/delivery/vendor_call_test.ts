import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type CallOptions, prepareCall, type VendorCallResult } from "../../../relay/delivery/vendor_call.ts";
import {
  type Channel,
  defineChannel,
  delivered,
  during,
  type Message,
  NoAnswer,
  retry,
  throttled,
  type Tools,
  type Verdict,
  z,
} from "../../../relay/channel.ts";
import type { ChannelFaults } from "../../../relay/channel/channel_faults.ts";
import type { Send, SendAnswer } from "../../../relay/delivery/sender.ts";
import type { Caches } from "../../../relay/store/cache.ts";
import { message } from "../../channels/_message.ts";
import { TestClock } from "../../kit/clock.ts";

/** A channel that holds a conversation. */
function talker(send: (tools: Tools) => Promise<Verdict>, hosts: readonly string[] = []): Channel {
  return defineChannel({
    name: "talker",
    title: "Talker",
    config: z.object({}),
    hosts,
    send: (_config, _message, tools) => send(tools),
    sample: {},
  });
}

async function attempt(
  channel: Channel,
  {
    timeout = 10_000,
    signal = new AbortController().signal,
    config = {},
    send = () => Promise.reject(new Error("not asked")),
    own = {},
    faults,
  }: {
    timeout?: number;
    signal?: AbortSignal;
    config?: unknown;
    send?: Send;
    own?: Partial<Message>;
    faults?: Pick<ChannelFaults, "add">;
  } = {},
): Promise<VendorCallResult> {
  const options: CallOptions = {
    channel,
    destination: {
      id: "o/l/talker",
      name: "talker",
      channel: "talker",
      config,
      lane: "l",
      configHash: "h",
      secrets: ["s3cret"],
      limits: [],
      fallbackAfter: 600_000,
      isFallback: false,
    },
    send,
    caches: { of: () => ({}) } as unknown as Caches,
    connections: new Map(),
    clock: new TestClock(1_000),
    ...faults ? { faults } : {},
    timeout,
    signal,
  };
  return await (await prepareCall(message(own), options))();
}

function verdictOf(tried: VendorCallResult): Verdict | "stopped" {
  return "stopped" in tried ? "stopped" : tried.verdict;
}

const never = new Promise<never>(() => {});

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

Deno.test("a conversation has its verdict, and the record calls it by the channel's title", async () => {
  const tried = await attempt(talker(() => Promise.resolve(delivered("250 ok, s3cret"))));
  ok(!("stopped" in tried));
  equal(tried.verdict, { kind: "delivered", because: "250 ok, ***" });
  equal([tried.record.request, tried.record.at, tried.record.verdict], ["Talker", 1_000, "delivered"]);
});

Deno.test("a conversation that ends with a library's error is tried again", async () => {
  for (
    const fail of [() => Promise.reject(new Error("oh s3cret")), () => {
      throw new Error("oh s3cret");
    }]
  ) {
    equal(verdictOf(await attempt(talker(fail))), { kind: "retry", because: "oh ***" });
  }
});

/** A channel that describes its request. */
function describer(own: Partial<Channel>): Channel {
  return defineChannel({
    name: "describer",
    title: "Describer",
    config: z.object({}),
    hosts: ["example.com"],
    request: () => ({ url: "https://example.com/" }),
    sample: {},
    ...own,
  });
}

/** A mistake as authors make it. */
function fail(): never {
  return (undefined as never as { x: never }).x;
}

/** A vendor that answers this. */
function vendorOf(text: string, status = 200): Send {
  const response = { status, headers: new Headers(), text, json: undefined };
  return () => Promise.resolve({ request: "POST https://example.com/", ms: 1, response });
}

Deno.test("a mistake of the channel's author is named, counted, and no failure of the vendor", async () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const url = "https://example.com/";
  const rows: [channel: Channel, because: RegExp, handedOver?: true][] = [
    [
      describer({ request: () => fail() }),
      /^request throws: Cannot read .+ at vendor_call_test\.ts:\d+:\d+$/,
    ],
    [describer({ request: () => Promise.reject(new Error("oh s3cret")) }), /^request throws: oh \*\*\* at /],
    [describer({ request: () => never }), /^request does not end within 0\.05 s$/],
    [describer({ request: () => undefined as never }), /^it returns no request$/],
    [describer({ request: () => ({ url: "/send" }) }), /^the url of its request is not an http address$/],
    [
      describer({ request: () => ({ url, json: cyclic }) }),
      /^the body of its request cannot be written: Converting circular structure to JSON/,
    ],
    [
      describer({ request: () => ({ url, json: 1n }) }),
      /^the body of its request cannot be written: .*BigInt/,
    ],
    [
      describer({ request: () => ({ url, json: () => {} }) }),
      /^the json of its request is a function or a symbol$/,
    ],
    [
      describer({ request: () => ({ kind: "refused", because: "no" }) as never }),
      /^its verdict refused must say/,
    ],
    [describer({ verdict: () => fail() }), /^verdict throws: Cannot read .* at /, true],
    [
      describer({ verdict: () => ({ kind: "ok" }) as never }),
      /^its verdict ok has no reason$/,
      true,
    ],
    [
      describer({ verdict: () => Promise.resolve(delivered()) as never }),
      /^verdict is async, and must return its verdict at once$/,
      true,
    ],
    [talker(() => fail()), /^send throws: Cannot read /],
    [talker(() => Promise.resolve(undefined as never)), /^it returns no verdict$/],
    [
      talker(() => Promise.resolve({ ...delivered(), kind: "sent" } as never)),
      /^the kind of its verdict is none of /,
    ],
  ];
  for (const [channel, because, handedOver] of rows) {
    const counted: string[] = [];
    const faults = {
      add: (name: string | undefined, words: string) => void counted.push(`${name}: ${words}`),
    };
    const tried = await attempt(channel, { timeout: 50, send: vendorOf("yes"), faults });
    const verdict = verdictOf(tried);
    ok(verdict !== "stopped" && verdict.kind === "retry", String(because));
    match(verdict.because.replace(/^the channel failed: /, ""), because);
    equal([verdict.broken, verdict.handedOver], [true, handedOver], String(because));
    equal(counted, [`${channel.name}: ${verdict.because}`]);
  }
});

Deno.test("a wait that is no time becomes one", async () => {
  const throttling = describer({ verdict: () => throttled("slow down", { waitMs: NaN }) });
  equal(verdictOf(await attempt(throttling, { send: vendorOf("") })), {
    kind: "throttled",
    because: "slow down",
    waitMs: 60_000,
  });
});

Deno.test("a channel is told when its time is nearly up, and its last words count", async () => {
  const tried = await attempt(
    talker(async ({ signal }) => {
      await aborted(signal);
      return retry("greeted, then silence");
    }),
    { timeout: 50 },
  );
  equal(verdictOf(tried), { kind: "retry", because: "greeted, then silence" });
});

Deno.test("a channel that never comes back does not hold the lane", async () => {
  const tried = await attempt(talker(() => never), { timeout: 20 });
  equal(verdictOf(tried), { kind: "retry", because: "no answer within 0.02 s" });
});

Deno.test("when the relay stops, nothing is said of a conversation that was under way", async () => {
  for (
    const send of [() => never, async ({ signal }: Tools) => {
      await aborted(signal);
      return retry("cut off");
    }]
  ) {
    const stopping = new AbortController();
    const trying = attempt(talker(send), { signal: stopping.signal });
    stopping.abort();
    equal(verdictOf(await trying), "stopped");
  }
});

Deno.test("an error that a channel throws is told with its causes, without secrets and without controls", async () => {
  const inner = new Error("535 5.7.8 Error:\r\n\x1b[31m bad \u202elogin\u200f AHMzY3JldC1zM2NyZXQ=");
  const channel = talker(() =>
    Promise.reject(
      new Error("Invalid login: s3cret", { cause: new Error("at https://u:s3cret@h/", { cause: inner }) }),
    )
  );
  const verdict = verdictOf(await attempt(channel));
  ok(verdict !== "stopped");
  equal(
    verdict.because,
    "Invalid login: ***: at https://u:***@h/: 535 5.7.8 Error: ␛[31m bad \ufffdlogin\ufffd AHMzY3JldC1zM2NyZXQ=",
  );
});

Deno.test("words are redacted before they are cut", async () => {
  const channel = talker(() => Promise.resolve(retry(`${"x".repeat(497)}s3cret`)));
  const verdict = verdictOf(await attempt(channel));
  ok(verdict !== "stopped");
  equal(verdict.because, `${"x".repeat(497)}***`);
});

/** The request came to nothing; `handedOver`: though the vendor may have it. */
const unanswered = (handedOver: boolean): Send => () => {
  const answer: SendAnswer = { request: "POST http://vendor/", ms: 1, because: "no answer" };
  return Promise.resolve(handedOver ? { ...answer, handedOver: true } : answer);
};

const asker = defineChannel({
  name: "asker",
  title: "Asker",
  config: z.object({}),
  hosts: ["vendor"],
  request: () => ({ url: "http://vendor/" }),
  sample: {},
});

const caller = talker(async ({ fetch }) => {
  await fetch({ url: "http://vendor/" });
  return delivered();
}, ["vendor"]);

for (const [name, channel] of [["a request", asker], ["a conversation", caller]] as const) {
  Deno.test(`${name} that may have arrived says so, and one that was never sent does not`, async () => {
    equal(
      verdictOf(await attempt(channel, { send: unanswered(true) })),
      retry("no answer", { handedOver: true }),
    );
    equal(verdictOf(await attempt(channel, { send: unanswered(false) })), retry("no answer"));
  });
}

Deno.test("a step before the message leaves no doubt whether the message arrived", () => {
  equal(during("token", retry("x", { handedOver: true })), { kind: "retry", because: "x", step: "token" });
});

Deno.test("a conversation whose time is up in the middle of a request may have handed the message over", async () => {
  const asking = talker(async ({ fetch }) => {
    await fetch({ url: "http://vendor/" });
    return delivered();
  }, ["vendor"]);
  equal(
    verdictOf(await attempt(asking, { timeout: 20, send: () => never })),
    retry("no answer within 0.02 s", { handedOver: true }),
  );
  const thrower = talker(() => Promise.reject(new NoAnswer("gone", { handedOver: true })));
  equal(verdictOf(await attempt(thrower)), retry("gone", { handedOver: true }));
});

const answering: Send = () => {
  const response = { status: 200, headers: new Headers(), text: "ok", json: undefined };
  return Promise.resolve({ request: "POST http://vendor/", ms: 1, response });
};

const HOSTS: [url: string, named: { hosts?: string[]; config?: unknown }, isAllowed: boolean][] = [
  ["https://api.example.com/x", {}, false],
  ["https://api.example.com/x", { hosts: ["api.example.com"] }, true],
  ["https://API.example.com/x", { hosts: ["Api.Example.com"] }, true],
  ["https://api.example.com:8443/x", { hosts: ["api.example.com"] }, false],
  ["https://api.example.com.evil.example/x", { hosts: ["api.example.com"] }, false],
  ["https://eu.example.com/x", { hosts: ["*.example.com"] }, true],
  ["https://example.com/x", { hosts: ["*.example.com"] }, false],
  ["https://notexample.com/x", { hosts: ["*.example.com"] }, false],
  ["https://api.example.com@evil.example/x", { hosts: ["api.example.com"] }, false],
  ["http://10.0.0.5:8080/x", { config: { base: "http://10.0.0.5:8080/private/" } }, true],
  ["http://10.0.0.5:9090/x", { config: { base: "http://10.0.0.5:8080/private/" } }, false],
  ["https://push.example.com/x", { config: { deep: [{ host: "push.example.com" }] } }, true],
  ["https://push.example.com:8443/x", { config: { host: "push.example.com", port: 8443 } }, true],
  ["https://s3cret/x", { config: { token: "s3cret" } }, false],
];

for (const [url, { hosts = [], config = {} }, isAllowed] of HOSTS) {
  const named = [...hosts, JSON.stringify(config)].join(" ");
  Deno.test(`a request to ${url} is ${isAllowed ? "sent" : "refused"} where ${named} is named`, async () => {
    let sent = 0;
    const send: Send = (request, options) => {
      sent++;
      return answering(request, options);
    };
    const one = { ...asker, hosts, request: () => ({ url }) };
    const several = talker(async ({ fetch }) => {
      await fetch({ url }).catch(() => {}); // it cannot hide it
      return retry("something else");
    }, hosts);
    for (const channel of [one, several]) {
      const verdict = verdictOf(await attempt(channel, { send, config }));
      ok(verdict !== "stopped");
      if (isAllowed) continue;
      equal(verdict, {
        kind: "refused",
        what: "config",
        because: `the channel may not send to ${
          new URL(url).host.replace("s3cret", "***")
        }: name the host in the channel's hosts, or in the destination's config`,
      });
    }
    equal(sent, isAllowed ? 2 : 0);
  });
}

Deno.test("a yes is what the channel's own verdict says, then its success, then the HTTP status", async () => {
  const said = async (channel: Partial<Channel>): Promise<Verdict | "stopped"> =>
    verdictOf(await attempt({ ...asker, ...channel }, { send: answering }));
  equal(await said({}), delivered("HTTP 200"));
  equal(await said({ success: ({ text }) => text === "ok" }), delivered("HTTP 200"));
  equal(await said({ success: ({ text }) => text === "done" }), {
    kind: "refused",
    what: "payload",
    because: "HTTP 200: ok",
  });
  equal(await said({ verdict: () => retry("later"), success: () => true }), retry("later"));
  equal(await said({ verdict: () => undefined, success: () => true }), delivered("HTTP 200"));
});

Deno.test("a verdict gets the receipt that the message had, so that it can keep it", async () => {
  const verdict: Channel["verdict"] = (_response, { earlier }) => delivered("ok", { receipt: earlier });
  const earlier = { event: "$1" };
  const tried = verdictOf(await attempt({ ...asker, verdict }, { send: answering, own: { earlier } }));
  equal(tried, delivered("ok", { receipt: earlier }));
});
