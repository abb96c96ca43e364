/** Whether a host, with its port if that is not the default, matches a pattern: `api.example.com`, or `*.example.com` for its subdomains. */
export function matchesHost(host: string, pattern: string): boolean {
  const lower = pattern.toLowerCase();
  return lower.startsWith("*.") ? host.endsWith(lower.slice(1)) : host === lower;
}
