import assert from "node:assert/strict";
import {
  type Channel,
  type Fixture,
  type Message,
  NoAnswer,
  type VendorAnswer,
  type Verdict,
} from "../../relay/channel.ts";
import { adviceOf } from "../../relay/channel/remedy.ts";
import { message, NOW } from "./_message.ts";
import { answer } from "./_send.ts";
import { testCache } from "./_talk.ts";

/** The verdict of a conversation in which the vendor gives this answer, and otherwise those of `steps`. */
async function verdictOn(channel: Channel, fixture: Fixture, own: Partial<Message>): Promise<Verdict> {
  const { steps = {} } = channel.fixtures!;
  const fetch = (
    { url }: { url: string },
  ): ReturnType<Parameters<NonNullable<Channel["send"]>>[2]["fetch"]> => {
    const { pathname } = new URL(url);
    const [step, usual] = Object.entries(steps).find(([end]) => pathname.endsWith(end)) ?? [];
    const given: VendorAnswer | undefined = step === fixture.at ? fixture : usual;
    if (given === undefined) throw new NoAnswer(`no step ${pathname}`, { handedOver: false });
    const { json, text = JSON.stringify(json) ?? "", status = 200, headers = {} } = given;
    return Promise.resolve(answer(text, { status, headers }));
  };
  return await channel.send!(channel.config.parse(channel.sample), message(own), {
    now: NOW,
    cache: testCache(() => NOW),
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch,
  });
}

/** A test for each fixture of a channel that holds a conversation; a refusal is explained. */
export function testConversation(channel: Channel, own: Partial<Message> = {}): void {
  const { accepted, throttled = [], refused = [], retried = [] } = channel.fixtures!;
  const test = (kind: string, fixture: Fixture, check: (verdict: Verdict) => void = () => {}): void => {
    const words = fixture.about ?? fixture.text ?? JSON.stringify(fixture.json) ?? "";
    Deno.test(`${channel.name}: ${fixture.status ?? 200} ${words.slice(0, 80)} is ${kind}`, async () => {
      const verdict = await verdictOn(channel, fixture, own);
      assert.equal(verdict.kind, kind, verdict.because);
      check(verdict);
    });
  };
  for (const fixture of accepted) {
    test("delivered", fixture, (verdict) => {
      if (fixture.receipt) assert.deepEqual(verdict.kind === "delivered" && verdict.receipt, fixture.receipt);
    });
  }
  for (const fixture of throttled) {
    test("throttled", fixture, (verdict) => {
      if (fixture.waitMs !== undefined) {
        assert.equal(verdict.kind === "throttled" && verdict.waitMs, fixture.waitMs);
      }
    });
  }
  for (const fixture of refused) {
    test("refused", fixture, (verdict) => {
      assert.equal(verdict.kind === "refused" && verdict.what, fixture.what, verdict.because);
      assert.ok(adviceOf(channel, verdict.because), `no remedy for "${verdict.because}"`);
    });
  }
  for (const fixture of retried) test("retry", fixture);
}
