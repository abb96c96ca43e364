/**
 * Checks a channel that holds a conversation: its verdicts on hostile messages when every connection is refused.
 *
 * @module
 */
import { NoAnswer, type Tools, type Verdict } from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import { memoryCache } from "./attempt.ts";
import { checkVerdict } from "./check_verdict.ts";
import { hostileMessages, message, NOW } from "./messages.ts";
import { deepFrozen, type Subject } from "./subject.ts";

/** Check the verdicts on hostile messages. */
export async function checkSends(subject: Subject): Promise<void> {
  const { channel, config } = subject;
  const { bodyBytes } = limitsOf(channel, config);
  for (const [name, own] of hostileMessages({ bodyBytes, people: subject.people })) {
    const about = `send, without an answer, for ${name}`;
    const verdict = await subject.ask(about, async (): Promise<Verdict | undefined> => {
      try {
        return await channel.send!(config, deepFrozen(message(own)), silentTools());
      } catch (error) {
        if (error instanceof NoAnswer) return undefined; // the relay makes a retry of it
        throw error;
      }
    });
    if (verdict !== undefined) subject.add(...checkVerdict(verdict, about, subject));
  }
}

/** Tools with an empty cache, whose requests are all refused. */
function silentTools(): Tools {
  return {
    now: NOW,
    cache: memoryCache(),
    kept: new Map(),
    signal: new AbortController().signal,
    fetch: () => Promise.reject(new NoAnswer("no answer: connection refused", { handedOver: false })),
  };
}
