import { z } from "zod";
import { type LogFilter, type LogPart, termsOf } from "../../relay/domain/summary.ts";
import { parseAlertId } from "../../relay/domain/record.ts";
import { type Here, parseTime } from "../../relay/base/period.ts";
import { SEVERITIES } from "../../relay/domain/severity.ts";

/** An optional parameter; an empty form field counts as missing. */
const asked = <S extends z.ZodType>(schema: S): z.ZodPreprocess<z.ZodOptional<S>> =>
  z.preprocess((value) => value === "" ? undefined : value, schema.optional());

const time = z.string().max(40).refine((text) => parseTime(text, { now: 0, timezone: "UTC" }) !== undefined, {
  error: "must be a time such as 2026-01-31T08:00:00Z, or how long ago, such as 24h",
});

const alertId = z.string().refine((id) => parseAlertId(id) !== undefined, { error: "must be an alert's id" });

const severities = z.string().transform((text) => text.split(",").map((word) => word.trim())).pipe(
  z.array(z.enum(SEVERITIES)).min(1),
);

/** The parameters of a query of the alert log: the same in the console and in `/api`. */
export const alertQuery = z.object({
  status: asked(z.enum(["firing", "resolved"])).meta({
    description: "Whether the trouble was there or over",
  }),
  severity: asked(severities).meta({ description: "One, or several with commas between them" }),
  group: asked(z.string().max(300)).meta({ description: "A group's id: owner/level" }),
  dialect: asked(z.string().max(40)).meta({ description: "The wire format that it came in" }),
  fingerprint: asked(z.string().max(100)).meta({ description: "What makes alerts the same" }),
  from: asked(time).meta({ description: "Stored from then on: ISO 8601, or how long ago" }),
  to: asked(time).meta({ description: "Stored before then" }),
  by: asked(z.enum(["received", "started"])).meta({
    description: "What `from` and `to` apply to: when it was received (the default), or when it began",
  }),
  q: asked(z.string().max(200)).meta({
    description: "Words that all occur in its name, its text, or a label as name=value; whatever the case",
  }),
  told: asked(z.enum(["true", "1", "on", "false", "0"])).meta({
    description: "true: a group was notified of it",
  }),
  cursor: asked(alertId).meta({ description: "Older than this: `next` of the answer before" }),
});

/** A parsed query of the alert log. */
export type AlertQuery = z.output<typeof alertQuery>;

/** The filter of a query. */
export function filterOf({ status, severity, group, dialect, fingerprint, told, q }: AlertQuery): LogFilter {
  return {
    status,
    severities: severity,
    group,
    dialect,
    fingerprint,
    told: told === "true" || told === "1" || told === "on",
    terms: q === undefined ? undefined : termsOf(q),
  };
}

/** The part of the log that a query searches. */
function partOf({ from, to, cursor }: AlertQuery, here: Here): LogPart {
  return {
    before: cursor,
    from: from === undefined ? undefined : parseTime(from, here),
    to: to === undefined ? undefined : parseTime(to, here),
  };
}

/**
 * The largest lead of a sender's clock over ours, in milliseconds: an alert may arrive this long before its own
 * start.
 */
const SKEW = 3_600_000;

/** A query's filter, and the part of the log to search. `exact` overrides the query's own period. */
export function searchOf(
  query: AlertQuery,
  here: Here,
  exact: { readonly from?: number; readonly to?: number } = {},
): { filter: LogFilter; part: LogPart } {
  const { before, from, to } = { ...partOf(query, here), ...exact };
  if (query.by !== "started") return { filter: filterOf(query), part: { before, from, to } };
  const earliest = from === undefined ? undefined : from - SKEW;
  return { filter: { ...filterOf(query), started: { from, to } }, part: { before, from: earliest } };
}
