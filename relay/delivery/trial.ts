import type { Verdict } from "../channel.ts";
import { type Advice, adviceOf } from "../channel/remedy.ts";
import type { Destination, Group } from "../domain/group.ts";
import { translator } from "../message/locale.ts";
import { redact } from "../redaction/redact.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { oneLine } from "../base/text.ts";
import { prepare } from "./attempt.ts";
import type { DeliverTools } from "./deliver.ts";
import { wordsOf } from "./error_words.ts";
import { disposeAll } from "./kept.ts";

/** What came of a test message: the vendor's own verdict, in its words, without secrets. */
export interface TrialResult {
  /** `owner/level/name` */
  readonly destination: string;
  readonly channel: string;
  readonly verdict: "delivered" | "throttled" | "retry" | "refused";
  readonly because: string;
  readonly ms: number;
  /** Method and address, without secrets; the channel's title where it holds a conversation. */
  readonly request?: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** Why a template was not used. */
  readonly problem?: string;
  /** What people call those whom it did not reach. */
  readonly missed?: readonly string[];
  /** What a failure means, and what to do. */
  readonly advice?: Advice;
}

/** A person waits for it: no longer than this, however long a delivery may take. */
const LONGEST = 45_000;

/** What a test message is sent with. */
export type TrialTools =
  & Pick<DeliverTools, "clock" | "renderer" | "send" | "sendTimeout" | "store" | "cutOff">
  & { readonly channels: ChannelRegistry };

/**
 * Send a test message now: by the real channel, but past the queue, the log and the lane's budget, so that it also works
 * for a destination that is not saved. The vendor counts it all the same.
 */
export async function sendTrial(
  place: { group: Group; destination: Destination; id: string },
  tools: TrialTools,
): Promise<TrialResult> {
  const result = await tried(place, tools);
  const channel = tools.channels.get(place.destination.channel);
  const advice = result.verdict === "delivered" ? undefined : adviceOf(channel, result.because);
  return advice ? { ...result, advice } : result;
}

async function tried(
  { group, destination, id }: { group: Group; destination: Destination; id: string },
  tools: TrialTools,
): Promise<TrialResult> {
  const { channels, clock, renderer, send, sendTimeout, store, cutOff } = tools;
  const place = { destination: destination.id, channel: destination.channel };
  const channel = channels.get(destination.channel);
  if (!channel) {
    const because = channels.broken.get(destination.channel) ?? "the channel cannot be loaded";
    return { ...place, verdict: "retry", because, ms: 0 };
  }
  const t = translator(group.locale);
  const kept = new Map<string, AsyncDisposable>();
  try {
    const { message, problem } = renderer.message([{
      id,
      alertId: id,
      fingerprint: id,
      reason: "first",
      folded: 0,
      alert: {
        dialect: "test",
        status: "firing",
        severity: "info",
        title: t("trial.title"),
        text: t("trial.text", { destination: destination.id }),
        labels: { test: "true" },
        annotations: {},
        startsAt: clock.now(),
        endsAt: null,
        links: [],
      },
    }], {
      group,
      channel,
      channelConfig: destination.config,
      now: clock.now(),
      messageId: () => id,
      isTest: true,
    });
    const ready = await prepare(message, {
      channel,
      destination,
      send,
      caches: store.caches,
      kept,
      now: () => clock.now(),
      timeout: Math.min(destination.timeout ?? sendTimeout, LONGEST),
      signal: cutOff,
    });
    const attempted = await ready();
    if ("stopped" in attempted) {
      return { ...place, verdict: "retry", because: "the relay is stopping", ms: 0 };
    }
    const { ms, request, status, because } = attempted.attempt;
    const missed = missedBy(attempted.verdict, group);
    return {
      ...place,
      ...missed.length > 0 ? { missed } : {},
      verdict: attempted.verdict.kind,
      because,
      ms,
      ...request === undefined ? {} : { request },
      ...status === undefined ? {} : { status },
      ...problem === undefined ? {} : { problem },
    };
  } catch (error) {
    const because = `the relay failed: ${oneLine(redact(wordsOf(error), destination.secrets))}`;
    return { ...place, verdict: "retry", because, ms: 0 };
  } finally {
    await disposeAll(kept);
  }
}

function missedBy(verdict: Verdict, { members }: Group): string[] {
  const failed = verdict.kind === "delivered" ? verdict.failed ?? [] : [];
  return failed.map((id) => members.find((member) => member.id === id)?.name ?? id);
}
