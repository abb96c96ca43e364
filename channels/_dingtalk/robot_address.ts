/**
 * The robot's address, signed for the time `now` when it has a secret.
 * Source: https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
export async function signedAddress(
  { base, token, secret }: { base: string; token: string; secret?: string | undefined },
  now: number,
): Promise<string> {
  const address = `${base}/robot/send?access_token=${encodeURIComponent(token)}`;
  if (secret === undefined) return address;
  const { createHmac } = await import("node:crypto"); // not loaded by a start
  const sign = createHmac("sha256", secret).update(`${now}\n${secret}`).digest("base64");
  return `${address}&timestamp=${now}&sign=${encodeURIComponent(sign)}`;
}
