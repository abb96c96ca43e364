/** A number in the format of both languages: `12,345`. */
export function formatNumber(value: number): string {
  return value.toLocaleString("en-GB");
}
