import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { defineChannel, laneAt, secret, type Verdict, z } from "../../../relay/channel.ts";
import { attempt, configured, type FakeVendor, message, NOW, startFake } from "../../../simulator/testing.ts";

const pager = defineChannel({
  name: "pager",
  title: "Pager",
  config: z.object({ base: z.url().meta({ title: "Server" }), token: secret("Token") }),
  limits: { request: { bytes: 200 }, rates: [{ messages: 2, per: 60_000 }] },
  lane: ({ base, token }) => laneAt(base, token),
  request: ({ base, token }, { body }) => ({
    url: new URL("/send", base).href,
    headers: { authorization: `Bearer ${token}` },
    json: { text: body },
  }),
  success: ({ json }) => (json as { ok?: boolean } | undefined)?.ok === true,
  fixtures: {
    accepted: [{ json: { ok: true } }],
    throttled: [{
      status: 429,
      headers: { "retry-after": "7" },
      json: { ok: false, error: "slow" },
      waitMs: 7_000,
    }],
    refused: [
      { status: 401, json: { ok: false, error: "token" }, what: "config" },
      { status: 413, json: { ok: false, error: "long" }, what: "payload" },
    ],
  },
  sample: { base: "https://pager.example.com", token: "A0/+=&%23 cd" },
});

const right = configured(pager);

/** Send one message over HTTP, and read the verdict as the relay does. */
async function send(
  vendor: FakeVendor,
  { token = "A0/+=&%23 cd", body = "disk full" }: { token?: string; body?: string } = {},
): Promise<Verdict["kind"] | string> {
  const to = configured(pager, { base: "https://pager.example.com", token });
  const { verdict } = await attempt(to, message({ body }), vendor.respond);
  return verdict.kind === "refused" ? `refused ${verdict.what}` : verdict.kind;
}

Deno.test("a fake vendor takes what its channel sends, and nothing with another token, or too long", async () => {
  await using vendor = await startFake(right, { now: () => NOW });
  equal(await send(vendor), "delivered");
  equal(await send(vendor, { token: "another token" }), "refused config");
  equal(await send(vendor, { body: "long ".repeat(100) }), "refused payload");
  equal(vendor.messages.map(({ path, json }) => [path, json]), [["/send", { text: "disk full" }]]);
  equal(vendor.requests.map(({ came }) => came), [
    "accepted",
    "refused: wrong credentials",
    "refused: more than limits.request.bytes",
  ]);
});

Deno.test("a fake vendor refuses what is no JSON", async () => {
  await using vendor = await startFake(right);
  const response = await vendor.fetch("https://pager.example.com/send", {
    method: "POST",
    headers: { authorization: "Bearer A0/+=&%23 cd", "content-type": "application/json" },
    body: "{",
  });
  equal([response.status, await response.json()], [413, { ok: false, error: "long" }]);
});

Deno.test("a fake vendor keeps its channel's rates by the clock that it is given", async () => {
  let now = NOW;
  await using vendor = await startFake(right, { now: () => now });
  equal([await send(vendor), await send(vendor)], ["delivered", "delivered"]);
  equal(await send(vendor), "throttled");
  now += 60_000;
  equal(await send(vendor), "delivered");
});

Deno.test("a fake vendor fails as vendors do, and answers with a fixture when it is told to", async () => {
  await using vendor = await startFake(right);
  for (
    const [fault, verdict] of [["429", "throttled"], ["5xx", "retry"], ["html", "refused payload"], [
      "cut",
      "retry",
    ]] as const
  ) {
    vendor.fault(fault);
    equal([fault, await send(vendor)], [fault, verdict]);
  }
  vendor.answer(pager.fixtures!.refused![0]!);
  equal(await send(vendor), "refused config");
  equal(await send(vendor), "delivered");
});

Deno.test("a channel without fixtures has no fake vendor", async () => {
  const { fixtures: _, ...bare } = pager;
  await rejects(startFake({ ...right, channel: bare }), /no fixtures/);
});
