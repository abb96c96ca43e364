import assert from "node:assert/strict";
import type { Channel, Fixture, Verdict } from "../../relay/channel.ts";
import { verdictByDefault } from "../../relay/channel/by_status.ts";
import { adviceOf } from "../../relay/channel/remedy.ts";
import { NOW } from "./_message.ts";
import { answer } from "./_send.ts";

/** The verdict of a channel on an answer of its vendor, as the relay reads it. */
export function verdictOn(channel: Channel, fixture: Fixture, { now = NOW }: { now?: number } = {}): Verdict {
  const { json, text = json === undefined ? "" : JSON.stringify(json), status, headers } = fixture;
  const response = answer(text, { status: status ?? 200, headers: headers ?? {} });
  return channel.verdict?.(response, { now }) ?? verdictByDefault(channel, response, { now });
}

/** A test for each fixture of a channel: the answer has the verdict that it declares, and a refusal is explained. */
export function testFixtures(channel: Channel): void {
  const { accepted, throttled = [], refused = [], retried = [] } = channel.fixtures!;
  const test = (kind: string, fixture: Fixture, check: (verdict: Verdict) => void): void => {
    const words = fixture.about ?? fixture.text ?? JSON.stringify(fixture.json) ?? "";
    Deno.test(`${channel.name}: ${fixture.status ?? 200} ${words.slice(0, 80)} is ${kind}`, () => {
      const verdict = verdictOn(channel, fixture);
      assert.equal(verdict.kind, kind, verdict.because);
      check(verdict);
    });
  };
  for (const fixture of accepted) {
    test("delivered", fixture, (verdict) => {
      assert.deepEqual(verdict.kind === "delivered" && verdict.receipt, fixture.receipt);
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
      assert.ok(adviceOf(channel, verdict.because), `no remedy explains "${verdict.because}"`);
    });
  }
  for (const fixture of retried) test("retry", fixture, () => {});
}
