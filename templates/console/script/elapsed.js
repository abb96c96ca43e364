/*
 * Elapsed time in words, as `formatDuration` of the relay writes it: the two largest units.
 */
const SIZES = [86400, 3600, 60, 1];

/** `units`: the names of a day, an hour, a minute and a second. */
export function elapsed(seconds, units) {
  let rest = Math.max(0, Math.floor(seconds));
  const largest = SIZES.findIndex((size) => rest >= size);
  if (largest < 0) return `0 ${units.at(-1)}`;
  const words = [];
  for (const [index, size] of SIZES.entries()) {
    if (index < largest || index > largest + 1) continue;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) words.push(`${amount} ${units[index]}`);
  }
  return words.join(" ");
}
