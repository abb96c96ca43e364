import type { Matcher } from "../../domain/matcher.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import type { Quiet } from "../quiet.ts";
import { isOfOneLabel, matchersCheck } from "./selection.ts";

/** At most this many targets of inhibition are compared with the inhibiting incidents, which takes about 60 ms. */
const MAX_COMPARED = 20_000;

/**
 * The check of a table's rows; `undefined` when nothing is silenced or inhibited now. The table must not change between
 * two calls.
 */
export function quietRows(
  { silences, inhibitors }: Pick<StoreReader, "silences" | "inhibitors">,
  { table, now }: { table: OpenTable; now: number },
): ((row: OpenRow) => Quiet | undefined) | undefined {
  const active = silences.activeMatchers(now);
  const targets = inhibitors.hasSources
    ? inhibitors.rules.map(({ target }) => matchersCheck(target, table))
    : [];
  if (active.length === 0 && targets.length === 0) return undefined;
  const isSilenced = anyOf(active, table);
  let left = MAX_COMPARED;
  return (row) => {
    if (isSilenced(row)) return "silenced";
    if (!targets.some((isTarget) => isTarget(row)) || left-- <= 0) return undefined;
    return inhibitors.of(table.labelsOf(row), row.id).length > 0 ? "inhibited" : undefined;
  };
}

/** Whether a row matches one of many lists of matchers. Most of them name a label, by which they are found. */
function anyOf(all: readonly (readonly Matcher[])[], table: OpenTable): (row: OpenRow) => boolean {
  const byLabel = new Map<number, ((row: OpenRow) => boolean)[]>();
  const others: ((row: OpenRow) => boolean)[] = [];
  for (const matchers of all) {
    const exact = matchers.find(isOfOneLabel);
    if (!exact) {
      others.push(matchersCheck(matchers, table));
      continue;
    }
    const label = table.pairOf(exact.name, exact.value);
    if (label === undefined) continue; // no row has it
    byLabel.set(label, [...byLabel.get(label) ?? [], matchersCheck(matchers, table)]);
  }
  const isNamed = new Uint8Array(table.pairBound);
  for (const label of byLabel.keys()) isNamed[label] = 1;
  return (row) => {
    for (const label of row.labels ?? []) {
      if (isNamed[label] === 1 && byLabel.get(label)!.some((matches) => matches(row))) return true;
    }
    return others.some((matches) => matches(row));
  };
}
