/** The config for a robot's webhook address, or the reason why the address is not one. */
export function configIn(url: URL): Readonly<Record<string, unknown>> | string {
  const [, before, token] = /^(.*)\/open-apis\/bot\/v2\/hook\/([^/]+)$/.exec(url.pathname) ?? [];
  if (!token) return "The address does not end with /open-apis/bot/v2/hook/…: give the robot's whole address";
  const secret = url.searchParams.get("sign") || url.searchParams.get("secret");
  return { token: decoded(token), base: url.origin + before, ...secret ? { secret } : {} };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
