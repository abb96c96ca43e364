import { HTTP_REMEDIES } from "./http_remedies.ts";
import { NETWORK_REMEDIES } from "./network_remedies.ts";
import { RELAY_REMEDIES } from "./relay_remedies.ts";
import type { Advice, Remedy } from "./remedy.ts";

/** Remedies for errors of the relay, the network and HTTP, which any channel may have; the more specific ones first. */
const GENERAL: readonly Remedy[] = [...RELAY_REMEDIES, ...NETWORK_REMEDIES, ...HTTP_REMEDIES];

/**
 * The advice on a verdict's reason, from the channel's own remedies first; `undefined` if none applies. Every record stores the
 * reason, so that a new remedy also explains older refusals.
 */
export function adviceOf(
  channel: { readonly remedies?: readonly Remedy[] } | undefined,
  because: string,
): Advice | undefined {
  const found = [...channel?.remedies ?? [], ...GENERAL].find(({ when }) => when.test(because));
  return found && { cause: found.cause, cure: found.cure };
}
