import { decodeTime } from "../base/ulid.ts";
import { foldCase, type Summary } from "../domain/summary.ts";
import { type Matcher, matchesAll, parseMatcher } from "../domain/matcher.ts";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../base/pattern.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Incident } from "../domain/incident.ts";

/** The open incidents that matchers match, as far as a search found them within its time limit. */
export interface Covered {
  /** The number of found incidents. */
  readonly total: number;
  /** The first of them, the newest first. */
  readonly incidents: readonly Incident[];
  /** Set if the time limit was reached: the search got back to this time, in epoch milliseconds; continue `before` this id. */
  readonly lookedBackTo?: number;
  readonly next?: string;
}

/** The options of {@linkcode coveredBy}. */
export interface CoveredOptions {
  /** The most incidents that are named; the others are counted. */
  readonly limit: number;
  /** Only incidents that began before the one of this id. */
  readonly before?: string | undefined;
  /** The time limit of the search, in milliseconds. Default: the store's. */
  readonly budget?: number | undefined;
}

/** Milliseconds over the budget after which the search stops even in the middle of a page. */
const GRACE = 200;

/**
 * Finds the open incidents whose first alert has labels that the matchers match. It reads the log's summaries, which skip
 * two hundred alerts at once if none contains a matcher's text: reading the first alert of each incident would take
 * seconds if thousands are open.
 *
 * @throws StoreError
 */
export async function coveredBy(
  texts: readonly string[],
  store: StoreReader,
  { limit, before, budget = store.searchBudget }: CoveredOptions,
): Promise<Covered> {
  const { summaries, records } = store;
  const end = performance.now() + budget;
  const matchers = within(new PatternBudget(REQUEST_INSTRUCTIONS), () => texts.map(parseMatcher));
  const oldest = await records.oldestOpen();
  const incidents: Incident[] = [];
  let total = 0;
  if (oldest === undefined) return { total, incidents };
  const filter = { opening: true, terms: matchers.flatMap(termIn) };
  const from = decodeTime(oldest.slice(0, 26));
  for await (const { listed, reached } of summaries.search(filter, { before, from })) {
    const covered: Summary[] = [];
    /** The last summary that was read, if the time ran out in the middle of a page. */
    let stopped: string | undefined;
    for (const one of listed) {
      if (matchesAll(matchers, one.words.labels)) covered.push(one);
      if (performance.now() < end + GRACE || one === listed.at(-1)) continue;
      stopped = one.id;
      break;
    }
    const latest = await store.incidents.latest(new Set(covered.map(({ fingerprint }) => fingerprint)));
    for (const { id, fingerprint } of covered) {
      const incident = latest.get(fingerprint);
      if (incident?.id !== id || incident.closedAt !== null) continue;
      if (++total <= limit) incidents.push(incident);
    }
    const next = stopped ?? reached;
    if (stopped === undefined && (next <= oldest || performance.now() < end)) continue;
    return { total, incidents, next, lookedBackTo: decodeTime(next.slice(0, 26)) };
  }
  return { total, incidents };
}

/** The text that all alerts matched by a matcher contain, if there is one. */
function termIn({ name, operator, value }: Matcher): string[] {
  return operator === "=" && value !== "" ? [foldCase(`${name}=${value}`)] : [];
}
