/** A number as both languages write it: `12,345`. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-GB");
}
