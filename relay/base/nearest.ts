/**
 * The name that was probably meant: the closest of `names` by edit distance, or `undefined` if none is close.
 * Swapped neighbours count as one edit (`robto` → `robot`), because they are a common typing error.
 */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  // A long text is not a mistyped name, and the cost of the distance grows with the square of its length.
  if (wanted.length > 100) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.ceil(wanted.length / 3)) + 1;
  for (const name of names) {
    const edits = distance(wanted.toLowerCase(), name.toLowerCase());
    if (edits < least) [best, least] = [name, edits];
  }
  return best;
}

/** At most this many names are suggested. */
const MAX_OFFERED = 5;

/** `; did you mean "x_a" or "x_b"?` with the names that extend the wanted one, else with the nearest; empty without any. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const all = [...names];
  const longer = wanted === ""
    ? []
    : all.filter((name) => name.toLowerCase().startsWith(`${wanted.toLowerCase()}_`));
  const meant = longer.length > 0
    ? longer.slice(0, MAX_OFFERED)
    : [nearest(wanted, all)].filter((one) => one !== undefined);
  return meant.length === 0 ? "" : `; did you mean ${meant.map((name) => `"${name}"`).join(" or ")}?`;
}

/** Edit distance with adjacent transpositions (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(above[j - 1]! + (same ? 0 : 1), above[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, before[j - 2]! + 1);
      }
      row.push(edits);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
