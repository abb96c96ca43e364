import type { Message, Verdict } from "../channel.ts";
import { adviceOf } from "../channel/advice.ts";
import type { Advice } from "../channel/remedy.ts";
import type { Destination, Group } from "../domain/group.ts";
import { translator } from "../message/locale.ts";
import { redact } from "../redaction/redact.ts";
import { defined } from "../base/defined.ts";
import { oneLine } from "../base/text.ts";
import type { DeliveryTools } from "./lane_work.ts";
import { wordsOf } from "./error_words.ts";
import { aggregate, messageTo, NO_PROGRESS, turnOf, whenNobodyIsLeft } from "./one_by_one.ts";
import {
  type CallOptions,
  closeAll,
  type Connections,
  prepareCall,
  type VendorCallResult,
} from "./vendor_call.ts";

/** The result of a test message: the vendor's verdict and its own words, without secrets. */
export interface TrialResult {
  /** `owner/level/name` */
  readonly destination: string;
  readonly channel: string;
  readonly verdict: "delivered" | "throttled" | "retry" | "refused" | "skipped";
  readonly because: string;
  readonly ms: number;
  /** Method and address, without secrets; the channel's title if it holds a conversation. */
  readonly request?: string;
  /** The HTTP status, if there was one. */
  readonly status?: number;
  /** The reason why a template was not used. */
  readonly problem?: string;
  /** The names of members whom it did not reach. */
  readonly missed?: readonly string[];
  /** The meaning of a failure, and its remedy. */
  readonly advice?: Advice;
}

/** The longest timeout of a test message, because a person waits for it. */
const MAX_TIMEOUT = 45_000;

/** The dependencies of a test message. */
export type TrialTools = Pick<
  DeliveryTools,
  "channels" | "clock" | "renderer" | "send" | "sendTimeout" | "store" | "cutOff"
>;

/**
 * Send a test message now through the real channel, bypassing the queue, the log and the lane's budget, so that it
 * also works for an unsaved destination. It still counts against the vendor's rate limit.
 */
export async function sendTrial(
  trial: { group: Group; destination: Destination; id: string },
  tools: TrialTools,
): Promise<TrialResult> {
  const result = await attemptTrial(trial, tools);
  const channel = tools.channels.get(trial.destination.channel);
  const advice = result.verdict === "delivered" ? undefined : adviceOf(channel, result.because);
  return advice ? { ...result, advice } : result;
}

async function attemptTrial(
  { group, destination, id }: { group: Group; destination: Destination; id: string },
  tools: TrialTools,
): Promise<TrialResult> {
  const { channels, clock, renderer, send, sendTimeout, store, cutOff } = tools;
  const about = { destination: destination.id, channel: destination.channel };
  const channel = channels.get(destination.channel);
  if (!channel || destination.broken !== undefined) {
    const because = destination.broken ?? channels.broken.get(destination.channel) ??
      "the channel cannot be loaded";
    return { ...about, verdict: "retry", because, ms: 0 };
  }
  const t = translator(group.locale);
  const connections: Connections = new Map();
  try {
    const { message, problem } = await renderer.message([{
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
    const result = await callVendor(message, {
      channel,
      destination,
      send,
      caches: store.caches,
      connections,
      clock,
      faults: channels.faults,
      timeout: Math.min(destination.timeout ?? sendTimeout, MAX_TIMEOUT),
      signal: cutOff,
    });
    if ("stopped" in result) {
      return { ...about, verdict: "retry", because: "the relay is stopping", ms: 0 };
    }
    const { ms, request, status } = result.record;
    const { because } = result.verdict;
    const missed = missedBy(result.verdict, group);
    return defined({
      ...about,
      missed: missed.length > 0 ? missed : undefined,
      verdict: result.verdict.kind,
      because,
      ms,
      request,
      status,
      problem,
    });
  } catch (error) {
    const because = `the relay failed: ${oneLine(redact(wordsOf(error), destination.secrets))}`;
    return { ...about, verdict: "retry", because, ms: 0 };
  } finally {
    await closeAll(connections);
  }
}

/** Send one message, or one to each recipient. */
async function callVendor(message: Message, options: CallOptions): Promise<VendorCallResult> {
  const { channel, clock } = options;
  if (channel.per !== "recipient") return await (await prepareCall(message, options))();
  let turn = turnOf(message, channel, NO_PROGRESS);
  if (!turn.next) {
    const verdict = whenNobodyIsLeft(turn);
    return { verdict, record: { at: clock.now(), ms: 0, verdict: verdict.kind, because: verdict.because } };
  }
  for (let ms = 0;;) {
    const result = await (await prepareCall(messageTo(message, turn.next!), options))();
    if ("stopped" in result) return result;
    ms += result.record.ms;
    const { verdict, progress, continues } = aggregate(turn, result.verdict, { isPlain: false });
    if (!continues) return { verdict, record: { ...result.record, ms } };
    turn = turnOf(message, channel, progress);
  }
}

/** The names of the members whom it did not reach, if it reached others. */
function missedBy(verdict: Verdict, { members }: Group): string[] {
  const { reached = [], left = [], failed: given = [] } = verdict.kind === "retry" ? verdict.alone ?? {} : {};
  const failed = verdict.kind === "delivered"
    ? verdict.failed ?? []
    : reached.length > 0
    ? [...given, ...left]
    : [];
  return failed.map((id) => members.find((member) => member.id === id)?.name ?? id);
}
