import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import {
  type ChannelResponse,
  NoAnswer,
  refused,
  sessionToken,
  type TokenUse,
  type Verdict,
} from "../../../relay/channel.ts";
import { type TestCache, testCache } from "../../channels/_talk.ts";

const HOUR = 3_600_000;

/** A vendor that issues numbered tokens and accepts the newest, or others that a test names. */
class TokenVendor {
  now = 0;
  given = 0;
  readonly used: string[] = [];
  valid: (token: string) => boolean = (token) => token === `t${this.given}`;
  answer: () => Awaited<ReturnType<TokenUse["get"]>> = () => ({ token: `t${++this.given}`, seconds: 7_200 });

  async ask(cache: TestCache, changes: Partial<TokenUse> = {}): Promise<string> {
    const use: TokenUse = {
      key: "account",
      get: () => Promise.resolve().then(() => this.answer()),
      use: (token) => {
        this.used.push(token);
        return Promise.resolve(responseOf(this.valid(token) ? `ok ${token}` : "refused"));
      },
      isRefused: ({ text }) => text === "refused",
      ...changes,
    };
    const answer = await sessionToken({ cache, now: this.now }, use);
    return "kind" in answer ? told(answer) : answer.text;
  }

  cache(): TestCache {
    return testCache(() => this.now);
  }
}

function responseOf(text: string): ChannelResponse {
  return { status: 200, headers: new Headers(), text, json: undefined };
}

function told(verdict: Verdict): string {
  const { kind, because } = verdict;
  return [
    kind,
    because,
    "step" in verdict ? verdict.step : undefined,
    "handedOver" in verdict ? "handed over" : "",
  ]
    .filter(Boolean).join(" · ");
}

Deno.test("a token is got once, and used until shortly before its end", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  equal([await vendor.ask(cache), await vendor.ask(cache)], ["ok t1", "ok t1"]);
  vendor.now = 2 * HOUR - 5 * 60_000 - 1;
  equal(await vendor.ask(cache), "ok t1");
  vendor.now += 1;
  equal(await vendor.ask(cache), "ok t2");
});

Deno.test("callers at the same time share one fetch", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  equal(await Promise.all([1, 2, 3].map(() => vendor.ask(cache))), ["ok t1", "ok t1", "ok t1"]);
  vendor.valid = (token) => token !== "t1";
  equal(await Promise.all([1, 2, 3].map(() => vendor.ask(cache))), ["ok t2", "ok t2", "ok t2"]);
  equal(vendor.given, 2);
});

Deno.test("a token that another instance has replaced is read again, and not fetched", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  await vendor.ask(cache);
  vendor.valid = (token) => token === "of-another-instance";
  const use = async (token: string): Promise<ChannelResponse> => {
    if (token === "t1") await cache.set("account", "of-another-instance", { until: HOUR });
    return responseOf(vendor.valid(token) ? `ok ${token}` : "refused");
  };
  equal([await vendor.ask(cache, { use }), vendor.given], ["ok of-another-instance", 1]);
});

Deno.test("when a new token is refused, too, the vendor's answer is returned; the next attempt tries a newer one at once", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  vendor.valid = () => false;
  equal([await vendor.ask(cache), vendor.used], ["refused", ["t1"]]);
  equal([await vendor.ask(cache), vendor.used], ["refused", ["t1", "t2"]]);
  vendor.valid = (token) => token === "t3";
  equal([await vendor.ask(cache), vendor.used], ["ok t3", ["t1", "t2", "t3"]]);
  vendor.valid = () => false;
  equal(await Promise.all([1, 2, 3].map(() => vendor.ask(cache))), ["refused", "refused", "refused"]);
  equal(vendor.given, 4, "one fetch for all of them");
});

Deno.test("a vendor that gives the refused token again is believed", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  vendor.answer = () => ({ token: "same", seconds: 7_200 });
  let refusals = 1;
  vendor.valid = () => refusals-- <= 0;
  await cache.set("account", "same", { until: HOUR });
  equal([await vendor.ask(cache), vendor.used], ["ok same", ["same", "same"]]);
});

Deno.test("tokens that others replace without an end do not keep the attempt busy", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  let others = 0;
  const use = async (): Promise<ChannelResponse> => {
    await cache.set("account", `other-${++others}`, { until: HOUR });
    return responseOf("refused");
  };
  equal(
    await vendor.ask(cache, { use }),
    "retry · each new token is refused: somebody else fetches newer ones · token",
  );
  equal(others, 4);
});

const GETS: [what: string, get: TokenUse["get"], expected: string][] = [
  ["says nothing of a life", () => Promise.resolve({ token: "t", seconds: undefined }), "ok"],
  ["gives a text as the life", () => Promise.resolve({ token: "t", seconds: "7200" }), "ok"],
  [
    "gives no token",
    () => Promise.resolve({ token: undefined, seconds: 1 }),
    "retry · the vendor's answer has no token · token",
  ],
  [
    "gives an empty token",
    () => Promise.resolve({ token: "", seconds: 1 }),
    "retry · the vendor's answer has no token · token",
  ],
  ["refuses", () => Promise.resolve(refused("config", "wrong secret")), "refused · wrong secret · token"],
  [
    "does not answer",
    () => Promise.reject(new NoAnswer("no answer within 10 s", { handedOver: true })),
    "retry · no answer within 10 s · token",
  ],
];

for (const [what, get, expected] of GETS) {
  Deno.test(`an account that ${what}: ${expected}`, async () => {
    const vendor = new TokenVendor();
    const use = (): Promise<ChannelResponse> => Promise.resolve(responseOf("ok"));
    equal(await vendor.ask(vendor.cache(), { get, use }), expected);
  });
}

Deno.test("a life that is no number, or endless, has an end", async () => {
  for (
    const [seconds, life] of [["soon", 540_000], [-1, 540_000], [Infinity, 30 * 24 * HOUR - 300_000], [
      10,
      9_000,
    ]]
  ) {
    const vendor = new TokenVendor();
    const cache = vendor.cache();
    vendor.answer = () => ({ token: "t", seconds });
    vendor.valid = () => true;
    await vendor.ask(cache);
    equal(cache.values.get("account")?.until, life);
  }
});

Deno.test("an author's error and a request without an answer are thrown, and leave nothing behind", async () => {
  const vendor = new TokenVendor();
  const cache = vendor.cache();
  await rejects(vendor.ask(cache, { get: () => Promise.reject(new TypeError("x is undefined")) }), TypeError);
  const unanswered = (): Promise<never> => Promise.reject(new NoAnswer("gone", { handedOver: true }));
  await rejects(vendor.ask(cache, { use: unanswered }), NoAnswer);
  equal(await vendor.ask(cache), "ok t1");
});

Deno.test("channels with accounts of the same name share no token", async () => {
  const vendor = new TokenVendor();
  equal([await vendor.ask(vendor.cache()), await vendor.ask(vendor.cache())], ["ok t1", "ok t2"]);
});
