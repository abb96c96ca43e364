/** A vendor's call acts once: at several instances, and when one of them ends in the middle. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DAY, SECOND } from "../../../relay/base/duration.ts";
import { CallbackClaims, type ClaimedCall } from "../../../relay/store/callback_claims.ts";
import { Database } from "../../../relay/store/database.ts";

const NOW = Date.UTC(2026, 10, 20);

function instances(kv: Deno.Kv): CallbackClaims[] {
  return [1, 2, 3].map(() => new CallbackClaims(new Database(kv, { deadline: 5_000 })));
}

Deno.test("of three instances that get the same call at once, one acts", async () => {
  using kv = await Deno.openKv(":memory:");
  const claims = await Promise.all(instances(kv).map((one) => one.claim("ops/default/chat", "evt-1", NOW)));
  const acting = claims.filter((claim): claim is ClaimedCall => typeof claim === "object");
  equal(acting.length, 1);
  equal(claims.filter((claim) => claim === "busy").length, 2);
  await acting[0]!.done();
  for (const one of instances(kv)) equal(await one.claim("ops/default/chat", "evt-1", NOW + DAY), "done");
});

Deno.test("a call of another destination, and another call, are not the same", async () => {
  using kv = await Deno.openKv(":memory:");
  const [one] = instances(kv) as [CallbackClaims];
  for (const [destination, once] of [["a/b/c", "1"], ["a/b/d", "1"], ["a/b/c", "2"]] as const) {
    equal(typeof await one.claim(destination, once, NOW), "object", `${destination} ${once}`);
  }
});

Deno.test("a call that was released, or whose instance has ended, may be made again", async () => {
  using kv = await Deno.openKv(":memory:");
  const [one, two] = instances(kv) as [CallbackClaims, CallbackClaims];
  const released = await one.claim("a/b/c", "released", NOW);
  ok(typeof released === "object");
  await released.release();
  equal(typeof await two.claim("a/b/c", "released", NOW), "object");
  equal(typeof await one.claim("a/b/c", "ended", NOW), "object");
  equal(await two.claim("a/b/c", "ended", NOW + 29 * SECOND), "busy");
  equal(typeof await two.claim("a/b/c", "ended", NOW + 30 * SECOND), "object");
});
