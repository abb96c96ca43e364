import { formOf, limitsOf, type Member, retry, type Verdict } from "../channel.ts";
import type { Clock } from "../clock.ts";
import type { Destination } from "../group.ts";
import { sha256Hex } from "../hash.ts";
import type { Watchers } from "../intake/watch.ts";
import { type Entry, render } from "../message/render.ts";
import type { Templates } from "../message/templates.ts";
import type { Attempt, Queued } from "../record.ts";
import { StoreError } from "../store/errors.ts";
import type { Reach } from "../store/recipients.ts";
import type { Store } from "../store/store.ts";
import { alertOf } from "./alert_of.ts";
import { prepare } from "./attempt.ts";
import type { Batch } from "./choice.ts";
import { redact } from "./redact.ts";
import { fateOf, type Random } from "./retry.ts";
import type { Send } from "./sender.ts";
import { dead, firstTryOf, type Result } from "./settlement.ts";

/** What delivering a message works with. */
export interface DeliverTools {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: Send;
  /** Milliseconds that one send may take at most. */
  readonly sendTimeout: number;
  readonly templates: Templates;
  readonly rewrite: (url: string) => string | undefined;
  /** Those who wait for the first try of their deliveries. */
  readonly watchers: Watchers;
  /** Aborted when the relay cannot wait any longer: what is under way is cut off. */
  readonly cutOff: AbortSignal;
}

/** The right to send. */
export interface Permit {
  /** See to it that a send may begin soon. @returns whether it may */
  obtain(): Promise<boolean>;
  /** Whether a send may begin now. Asks nobody, so that nothing can come in between. */
  isValid(): boolean;
}

/** What came of a message. */
export interface Delivered {
  /**
   * What came of its deliveries. Those that it does not name are to be sent later: they had no room in this message, or
   * it was not sent.
   */
  readonly results: readonly Result[];
  /** Whom it reached and whom not, when it was sent: for the list of members that cannot be reached. */
  readonly reach?: Reach;
}

/**
 * One message: the alerts are loaded, rendered, sent, and the verdict is read.
 *
 * Whatever goes wrong in our own house is a `retry`, never a lost delivery.
 *
 * @throws StoreError when the alerts cannot be read
 */
export async function deliver(batch: Batch, tools: DeliverTools, permit: Permit): Promise<Delivered> {
  try {
    return await sendOne(batch, tools, permit);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const because = `the relay failed: ${redact(String(error), batch.destination.secrets)}`;
    const attempt: Attempt = { at: tools.clock.now(), ms: 0, verdict: "retry", because };
    return { results: judge(batch.entries, batch.destination, { verdict: retry(because), attempt }, tools) };
  }
}

async function sendOne(
  { destination, group, channel, entries }: Batch,
  tools: DeliverTools,
  permit: Permit,
): Promise<Delivered> {
  const { clock, templates, rewrite, sendTimeout, store, send, cutOff } = tools;
  const gone: Result[] = [];
  const told: { queued: Queued; entry: Entry }[] = [];
  for (const queued of entries) {
    const alert = await alertOf(queued, store);
    if (alert) told.push({ queued, entry: { ...queued, alertId: queued.alert, alert } });
    else gone.push(dead(queued, "the alert's record is gone"));
  }
  if (told.length === 0) return { results: gone };

  const { message, count, problem } = render(told.map(({ entry }) => entry), {
    group,
    form: formOf(channel, destination.config),
    limits: limitsOf(channel, destination.config),
    templates,
    rewrite,
    messageId,
    plain: told[0]!.queued.plain,
  });
  const ready = await prepare(message, {
    channel,
    destination,
    send,
    caches: store.caches,
    now: () => clock.now(),
    timeout: sendTimeout,
    signal: cutOff,
  });
  if (!(await permit.obtain())) return { results: gone };
  // No await between this look at the clock and the send: a courier that was held up must not send after another one.
  if (!permit.isValid()) return { results: gone };
  const tried = await ready();
  if ("stopped" in tried) return { results: gone };

  const attempt: Attempt = {
    ...tried.attempt,
    ...problem === undefined ? {} : { problem },
    ...count > 1 ? { together: count } : {},
  };
  const sent = told.slice(0, count).map(({ queued }) => queued);
  const results = judge(sent, destination, { ...tried, attempt }, tools);
  return { results: [...gone, ...results], reach: reachOf(destination, message.recipients, tried.verdict) };
}

/** What a verdict means for each delivery that shared the message; those who wait for it are told at once. */
function judge(
  entries: readonly Queued[],
  { configHash }: Destination,
  { verdict, attempt }: { verdict: Verdict; attempt: Attempt },
  { clock, random, watchers }: DeliverTools,
): Result[] {
  const step = "step" in verdict ? verdict.step : undefined;
  return entries.map((entry, index) => {
    const fate = fateOf(entry, verdict, { now: clock.now(), random });
    const state = firstTryOf(fate, verdict);
    if (state) watchers.report(entry.id, { state, because: fate.because, step });
    // The lane learns from the message once, however many deliveries shared it.
    return { entry, fate, attempt, ...index === 0 ? { lesson: { verdict, configHash } } : {} };
  });
}

function reachOf(
  { channel, id: destination }: Destination,
  recipients: readonly Member[],
  verdict: Verdict,
): Reach {
  const { kind, because } = verdict;
  const failed = "failed" in verdict ? verdict.failed ?? [] : [];
  const reached = kind === "delivered"
    ? recipients.map(({ id }) => id).filter((id) => !failed.includes(id))
    : [];
  return { channel, destination, because, failed, reached };
}

/**
 * The idempotency key of a message. It names the deliveries and nothing else: a vendor that drops a repeat must never
 * drop a message about others.
 */
function messageId(ids: readonly string[]): string {
  return ids.length === 1 ? ids[0]! : `${ids[0]}-${sha256Hex(ids.join(" "), 12)}`;
}
