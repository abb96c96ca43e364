import {
  type Card,
  cut,
  type Member,
  type Message,
  type Recipients,
  retry,
  type Verdict,
} from "../channel.ts";
import { cardOf, isIdempotent } from "../channel/options.ts";
import { fitsJson, jsonBytes, oneLine } from "../base/text.ts";
import type { Clock } from "../base/clock.ts";
import type { Destination } from "../domain/group.ts";
import { endingsOf } from "../query/ending.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Watchers } from "../intake/watch.ts";
import type { Entry } from "../message/entry.ts";
import type { Renderer } from "../message/renderer.ts";
import { byImportance } from "../message/template_data.ts";
import type { Attempt, DigestRecord, Queued, SentMessage } from "../domain/record.ts";
import { redact } from "../redaction/redact.ts";
import { StoreError } from "../store/errors.ts";
import type { Reach } from "../store/recipients.ts";
import type { Store } from "../store/store.ts";
import { alertOf } from "./alert_of.ts";
import { prepare } from "./attempt.ts";
import type { Batch } from "./choice.ts";
import { wordsOf } from "./error_words.ts";
import type { Permit } from "./permit.ts";
import { type Fate, fateOf, type Random, reachedBy } from "./retry.ts";
import type { Send } from "./sender.ts";
import { inSameCompany } from "./share.ts";
import { dead, firstTryOf, type Place, type Result, SENT_BYTES } from "./settlement.ts";

/** What delivering a message works with. */
export interface DeliverTools {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: Send;
  /** Milliseconds that one attempt may take where neither the destination nor its channel says so. */
  readonly sendTimeout: number;
  readonly renderer: Renderer;
  /** Those who wait for the first try of their deliveries. */
  readonly watchers: Watchers;
  /** What a channel keeps open from one message of the lane to the next. */
  readonly kept: Map<string, AsyncDisposable>;
  /** Aborted when the relay cannot wait any longer: what is under way is cut off. */
  readonly cutOff: AbortSignal;
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
    const because = `the relay failed: ${oneLine(redact(wordsOf(error), batch.destination.secrets))}`;
    const attempt: Attempt = { at: tools.clock.now(), ms: 0, verdict: "retry", because };
    return { results: judge(batch, batch.entries, { verdict: retry(because), attempt }, tools) };
  }
}

async function sendOne(batch: Batch, tools: DeliverTools, permit: Permit): Promise<Delivered> {
  const { destination, group, channel, entries, digest: mark, partly } = batch;
  const { clock, renderer, sendTimeout, store, send, cutOff } = tools;
  const gone: Result[] = [];
  const told: { queued: Queued; entry: Entry }[] = [];
  const again = entries.filter(({ again }) => again);
  const endings = again.length > 0 ? await endingsOf(again, store) : undefined;
  for (const queued of entries) {
    const alert = await alertOf(queued, store);
    const resent = queued.again ? { resent: { at: queued.at, ending: endings?.get(queued.id) } } : {};
    if (alert) told.push({ queued, entry: { ...queued, alertId: queued.alert, alert, ...resent } });
    else gone.push(dead(queued, "the alert's record is gone"));
  }
  if (told.length === 0) return { results: gone };

  const isDigest = mark !== undefined || partly === "digest";
  // The most important first, because a full message leaves out the rest. A digest needs the order of time.
  if (!isDigest) told.sort((a, b) => byImportance(a.entry.alert, b.entry.alert));
  const target = {
    group,
    channel,
    channelConfig: destination.config,
    now: clock.now(),
    messageId: partly ? () => entries[0]!.payload : messageId,
    plain: mark ? mark.plain : told[0]!.queued.plain,
  };
  const all = told.map(({ entry }) => entry);
  const { message, count, problem, digest } = isDigest
    ? renderer.digest(all, target)
    : renderer.message(all, target);
  const ready = await prepare(message, {
    channel,
    destination,
    send,
    caches: store.caches,
    kept: tools.kept,
    now: () => clock.now(),
    timeout: destination.timeout ?? sendTimeout,
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
  const record = digest && digestRecord(message, destination, { ...digest, sent, at: attempt.at });
  const results = judge(batch, sent, { ...tried, attempt, record, message, place: permit.place }, tools);
  return { results: [...gone, ...results], reach: reachOf(destination, message.recipients, tried.verdict) };
}

/** What is kept of a text: with the ids of a digest's deliveries, or a delivery's attempts, it fits one value of the database. */
const KEPT_TEXT = { bytes: SENT_BYTES, measure: jsonBytes };

/** Bytes of the stored card of a message, at most. */
const CARD_BYTES = 6_000;

function keptOf({ id, title, body: written, html, plain, authored }: Message, card?: Card): SentMessage {
  const isText = plain || authored?.form === "text";
  const framed = !isText && card && fitsJson(JSON.stringify(card), CARD_BYTES) ? { card } : {};
  const kind = isText ? { plain: true } as const : framed;
  const body = authored ? [authored.text, authored.notes].filter(Boolean).join("\n\n") || written : written;
  if (html !== undefined && fitsJson(title + body + html, SENT_BYTES)) return { id, title, body, html };
  if (fitsJson(title + body, SENT_BYTES - CARD_BYTES)) return { id, title, body, ...kind };
  const room = { ...KEPT_TEXT, bytes: (SENT_BYTES - CARD_BYTES) / 2 };
  return { id, title: cut(title, room), body: cut(body, room), ...kind };
}

function digestRecord(
  { id, title, body }: Message,
  destination: Destination,
  { shown, incidents, sent, at }: { shown: number; incidents: number; sent: readonly Queued[]; at: number },
): DigestRecord {
  return {
    id,
    destination: destination.id,
    at,
    title,
    body: cut(body, KEPT_TEXT),
    shown,
    incidents,
    deliveries: sent.map(({ id }) => id),
  };
}

/** What a verdict means for each delivery that shared the message; those who wait for it are told at once. */
function judge(
  batch: Batch,
  entries: readonly Queued[],
  { verdict, attempt, record, message, place }: {
    verdict: Verdict;
    attempt: Attempt;
    record?: DigestRecord | undefined;
    message?: Message;
    place?: Place | undefined;
  },
  { clock, random, watchers }: DeliverTools,
): Result[] {
  const { destination: { config, configHash }, digest: mark, channel } = batch;
  const step = "step" in verdict ? verdict.step : undefined;
  const now = clock.now();
  const chance = random(); // what shared the message comes back together
  const lesson = {
    verdict,
    configHash,
    ...place ? { place } : {},
    ...record ? { digest: { mark, record } } : {},
  };
  const recipients = recipientsOf(verdict);
  const isRefusedAsDigest = mark && !mark.plain && verdict.kind === "refused" && verdict.what === "payload";
  return entries.map((entry, index) => {
    let fate = isRefusedAsDigest
      ? pendingAgain(entry, verdict.because)
      : fateOf(entry, verdict, { now, random: () => chance, isIdempotent: isIdempotent(channel, config) });
    if (fate.state === "pending" && message && reachedBy(verdict).length > 0) {
      const partly = record ? "digest" : "message";
      fate = { ...fate, entry: { ...fate.entry, payload: message.id, partly } };
    } else if (
      fate.state === "pending" && verdict.kind === "retry" && message && !record && entries.length > 1
    ) {
      fate = { ...fate, entry: inSameCompany(fate.entry, { batch, message: message.id }) };
    }
    const state = firstTryOf(fate, verdict);
    if (state) watchers.report(entry.id, { state, because: fate.because, step });
    return {
      entry,
      fate,
      attempt,
      recipients,
      ...record ? { digest: record.id } : {},
      ...message && !record
        ? {
          sent: index === 0
            ? keptOf(message, cardOf(channel, config, message))
            : { id: message.id, with: entries[0]!.id },
        }
        : {},
      // The lane learns from the message once, however many deliveries shared it.
      ...index === 0 ? { lesson } : {},
    };
  });
}

/** What a digest tells is tried again without markup, together, before each alert is tried by itself. */
function pendingAgain(entry: Queued, because: string): Fate {
  return { state: "pending", because, entry: { ...entry, tries: (entry.tries ?? 0) + 1 } };
}

function reachOf(
  { channel, id: destination }: Destination,
  recipients: readonly Member[],
  verdict: Verdict,
): Reach {
  const { kind, because } = verdict;
  const failed = kind === "retry"
    ? verdict.alone?.failed ?? []
    : "failed" in verdict
    ? verdict.failed ?? []
    : [];
  const unknown = "unknown" in verdict ? verdict.unknown ?? [] : [];
  const reached = kind === "delivered"
    ? recipients.map(({ id }) => id).filter((id) => !failed.includes(id) && !unknown.includes(id))
    : reachedBy(verdict);
  return { channel, destination, because, failed, reached };
}

/** Whom a message has reached, where that is not everybody. */
function recipientsOf(verdict: Verdict): Recipients | undefined {
  if (verdict.kind === "retry") {
    const { reached = [], left = [], failed = [] } = verdict.alone ?? {};
    return [reached, left, failed].some(({ length }) => length > 0) ? { reached, left, failed } : undefined;
  }
  if (verdict.kind !== "delivered" || !verdict.failed) return undefined;
  return { reached: verdict.reached ?? [], left: [], failed: verdict.failed };
}

/**
 * The idempotency key of a message. It names the deliveries and nothing else: a vendor that drops a repeat must never
 * drop a message about others.
 */
function messageId(ids: readonly string[]): string {
  return ids.length === 1 ? ids[0]! : `${ids[0]}-${sha256Hex(ids.join(" "), 12)}`;
}
