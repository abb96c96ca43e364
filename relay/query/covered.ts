import { decodeTime } from "../base/ulid.ts";
import { fold, type Summary } from "../domain/summary.ts";
import { type Matcher, matchesAll, parseMatcher } from "../domain/matcher.ts";
import { PatternBudget, REQUEST_INSTRUCTIONS, within } from "../base/pattern.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Incident } from "../domain/incident.ts";

/** The open incidents that matchers cover, as far as the time allowed to look. */
export interface Covered {
  /** How many were found. */
  readonly total: number;
  /** The first of them, the newest first. */
  readonly incidents: readonly Incident[];
  /** The time was over: it looked back to here, in epoch milliseconds, and goes on `before` this id. */
  readonly lookedBackTo?: number;
  readonly next?: string;
}

/** How it is looked for. */
export interface CoveredOptions {
  /** So many are named; the others are counted. */
  readonly limit: number;
  /** Only incidents that began before the one of this id. */
  readonly before?: string | undefined;
  /** Milliseconds after which the search ends and says how far it came. Default: the store's. */
  readonly budget?: number | undefined;
}

/** Milliseconds over the budget after which even a page of the log is left in the middle. */
const GRACE = 200;

/**
 * The open incidents whose first alert has labels that matchers cover. They are found in the log's summaries, where two
 * hundred alerts that lack a matcher's text are passed over at once: reading each incident's first alert by itself would
 * take seconds when many thousands are open.
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
    /** The last summary that was looked at, when the time ran out in the middle of a page. */
    let stopped: string | undefined;
    for (const one of listed) {
      if (matchesAll(matchers, one.words.labels)) covered.push(one);
      if (performance.now() < end + GRACE || one === listed.at(-1)) continue;
      stopped = one.id;
      break;
    }
    const known = await store.incidents.latest(new Set(covered.map(({ fingerprint }) => fingerprint)));
    for (const { id, fingerprint } of covered) {
      const incident = known.get(fingerprint);
      if (incident?.id !== id || incident.closedAt !== null) continue;
      if (++total <= limit) incidents.push(incident);
    }
    const next = stopped ?? reached;
    if (stopped === undefined && (next <= oldest || performance.now() < end)) continue;
    return { total, incidents, next, lookedBackTo: decodeTime(next.slice(0, 26)) };
  }
  return { total, incidents };
}

/** What must occur in the words of an alert that a matcher covers, if anything must. */
function termIn({ name, operator, value }: Matcher): string[] {
  return operator === "=" && value !== "" ? [fold(`${name}=${value}`)] : [];
}
