import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import type { Clock } from "../base/clock.ts";
import { sha256Hex } from "../base/hash.ts";
import type { SettlementRow } from "../delivery/delivery_result.ts";
import type { Receipt } from "../intake/accept.ts";
import { channelOf } from "../metrics/lane_channel.ts";

/** The dependencies of {@linkcode Tracing}. */
export interface TracingOptions {
  /** The fraction of alerts that are traced, 0 to 1. */
  readonly ratio: number;
  readonly clock: Pick<Clock, "now">;
}

/** Alerts of one payload that are traced, at most. */
const MAX_ALERTS = 100;

/** Commits whose times are remembered until their alerts are traced. */
const MAX_COMMITS = 1_000;

/**
 * One trace per alert: accept, commit, and each attempt to deliver it. The spans are made afterwards from the records
 * and their times, so that the pipeline does not depend on them.
 *
 * The id of a trace is computed from the alert's id. So another process that delivers the alert, or this one after a
 * restart, adds to the same trace, and nothing is stored for it.
 */
export class Tracing {
  readonly #tracer = trace.getTracer("fenghuo");
  readonly #options: TracingOptions;
  /** By the log page that a commit wrote. */
  readonly #commits = new Map<string, { readonly from: number; readonly to: number }>();

  constructor(options: TracingOptions) {
    this.#options = options;
  }

  /** Remember a commit that has landed. */
  committed(ms: number, pages: readonly { readonly id: string }[]): void {
    const to = this.#options.clock.now();
    for (const { id } of pages) this.#commits.set(id, { from: to - ms, to });
    for (const id of this.#commits.keys()) {
      if (this.#commits.size <= MAX_COMMITS) break;
      this.#commits.delete(id);
    }
  }

  /** Trace the alerts of a payload, which were received at `at`. */
  accepted({ alerts, logged }: Receipt, at: number): void {
    const now = this.#options.clock.now();
    const request = trace.getActiveSpan()?.spanContext();
    const links: Link[] = request ? [{ context: request }] : [];
    for (const [index, { id, incident, routing }] of logged.slice(0, MAX_ALERTS).entries()) {
      const root = this.#rootOf(id);
      if (!root) continue;
      const { dialect = "", status = "", severity = "" } = alerts[index]?.alert ?? {};
      const accept = this.#tracer.startSpan("accept", {
        kind: SpanKind.SERVER,
        startTime: at,
        links,
        attributes: {
          "fenghuo.alert": id,
          "fenghuo.incident": incident ?? "",
          "fenghuo.dialect": dialect,
          "fenghuo.status": status,
          "fenghuo.severity": severity,
          "fenghuo.routing": routing.slice(0, 20).map(({ group, by, outcome }) =>
            `${group} by ${by}: ${
              outcome.kind === "told" ? outcome.reason : outcome.kind === "folded" ? "duplicate" : outcome.by
            }`
          ),
        },
      }, root);
      const page = id.slice(0, 26);
      const commit = this.#commits.get(page);
      if (commit) {
        const attributes = { "fenghuo.page": page };
        this.#tracer.startSpan("commit", { startTime: commit.from, attributes }, trace.setSpan(root, accept))
          .end(commit.to);
      }
      accept.end(now);
    }
  }

  /** Trace the attempts whose results a lane has written. */
  settled(rows: readonly SettlementRow[], lane: string): void {
    for (const row of rows) {
      if (!("attempt" in row) || !row.attempt) continue;
      const { entry, attempt: { at, ms, verdict, because, status, request } } = row;
      const root = this.#rootOf(entry.alert);
      if (!root) continue;
      const span = this.#tracer.startSpan("deliver", {
        kind: SpanKind.CLIENT,
        startTime: at,
        attributes: {
          "fenghuo.alert": entry.alert,
          "fenghuo.delivery": entry.id,
          "fenghuo.destination": entry.destination,
          "fenghuo.channel": channelOf(lane),
          "fenghuo.reason": entry.reason,
          "fenghuo.verdict": verdict,
          "fenghuo.because": because, // redacted, as in the record
          ...request === undefined ? {} : { "fenghuo.request": request },
          ...status === undefined ? {} : { "http.response.status_code": status },
        },
      }, root);
      if (verdict !== "delivered") span.setStatus({ code: SpanStatusCode.ERROR, message: because });
      span.end(at + ms);
    }
  }

  /** The context that all spans of an alert share; `undefined` when the alert is not sampled. */
  #rootOf(alert: string): Context | undefined {
    const digest = sha256Hex(alert);
    if (parseInt(digest.slice(0, 8), 16) >= this.#options.ratio * 2 ** 32) return undefined;
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId: digest.slice(0, 32),
      spanId: digest.slice(32, 48),
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    });
  }
}
