import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { LaneLease } from "../../../relay/delivery/lane_lease.ts";
import type { Lane } from "../../../relay/store/lane_leases.ts";
import type { Outbox, SettleOptions } from "../../../relay/store/outbox.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { TestClock } from "../../kit/clock.ts";

Deno.test("a renewal does not follow a result of unknown outcome, also when it was queued behind it", async () => {
  const written: [what: string, mayFollow: boolean | undefined][] = [];
  const lane: Lane = { name: "lane", record: { failures: 0 }, versionstamp: null, lease: "wanted" };
  const note = (what: string, { mayFollow }: Pick<SettleOptions, "mayFollow">): void =>
    void written.push([what, mayFollow]);
  const outbox = {
    holds: () => false,
    renew: (lane: Lane, options: SettleOptions) => (note("renewal", options), Promise.resolve(lane)),
    settle: (_lane: Lane, _settlement: unknown, options: SettleOptions) => {
      note("result", options);
      return Promise.reject(new StoreError("unavailable", "the answer is lost"));
    },
  } as unknown as Outbox;
  const lease = new LaneLease(lane, { outbox, clock: new TestClock() });
  const result = lease.settle(() => ({}));
  const renewal = lease.hold();
  await rejects(result, StoreError);
  await renewal;
  equal(written, [["result", true], ["renewal", false]]);
});
