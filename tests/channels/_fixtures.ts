import assert from "node:assert/strict";
import {
  type Channel,
  type ChannelResponse,
  type Fixture,
  type Message,
  NoAnswer,
  type VendorAnswer,
  type Verdict,
} from "../../relay/channel.ts";
import { verdictByDefault } from "../../relay/channel/by_status.ts";
import { adviceOf } from "../../relay/channel/advice.ts";
import { message, NOW } from "./_message.ts";
import { answer } from "./_send.ts";
import { testCache } from "./_talk.ts";

/** A test for each fixture of a channel: the answer has the verdict that it declares, and a refusal is explained. */
export function testFixtures(channel: Channel, own: Partial<Message> = {}): void {
  const { accepted, throttled = [], refused = [], retried = [] } = channel.fixtures!;
  const test = (kind: string, fixture: Fixture, check: (verdict: Verdict) => void = () => {}): void => {
    const words = fixture.about ?? fixture.text ?? JSON.stringify(fixture.json) ?? "";
    Deno.test(`${channel.name}: ${fixture.status ?? 200} ${words.slice(0, 80)} is ${kind}`, async () => {
      const verdict = channel.send === undefined
        ? verdictOn(channel, fixture)
        : await conversationOn(channel, fixture, message(own));
      assert.equal(verdict.kind, kind, verdict.because);
      check(verdict);
    });
  };
  for (const fixture of accepted) {
    test("delivered", fixture, (verdict) => {
      // A conversation may leave a receipt that depends on the message.
      if (channel.send !== undefined && fixture.receipt === undefined) return;
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
  for (const fixture of retried) test("retry", fixture);
}

/** The verdict of a channel on an answer of its vendor, as the relay reads it. */
function verdictOn(channel: Channel, fixture: Fixture): Verdict {
  const response = responseOf(fixture);
  return channel.verdict?.(response, { now: NOW }) ?? verdictByDefault(channel, response, { now: NOW });
}

/** The verdict of a conversation in which the vendor gives this answer, and otherwise those of `steps`. */
async function conversationOn(channel: Channel, fixture: Fixture, message: Message): Promise<Verdict> {
  const { steps = {} } = channel.fixtures!;
  return await channel.send!(channel.config.parse(channel.sample), message, {
    now: NOW,
    cache: testCache(() => NOW),
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch: ({ url }) => {
      const { pathname } = new URL(url);
      const [step, usual] = Object.entries(steps).find(([end]) => pathname.endsWith(end)) ?? [];
      const given = step === fixture.at ? fixture : usual;
      if (given === undefined) throw new NoAnswer(`no step ${pathname}`, { handedOver: false });
      return Promise.resolve(responseOf(given));
    },
  });
}

function responseOf(
  { json, text = JSON.stringify(json) ?? "", status, headers }: VendorAnswer,
): ChannelResponse {
  return answer(text, { status: status ?? 200, headers: headers ?? {} });
}
