/** The address of the alert log for a period in epoch milliseconds. `filter`: further parameters. */
export function logAddress(
  { from, to }: { from: number; to: number },
  filter: Readonly<Record<string, string>> = {},
): string {
  return `/alerts?${new URLSearchParams({ from: iso(from), to: iso(to), ...filter })}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(".000", "");
}
