import { HTTP_REMEDIES } from "./http_remedies.ts";
import { NETWORK_REMEDIES } from "./network_remedies.ts";
import { RELAY_REMEDIES } from "./relay_remedies.ts";
import type { Advice, Remedy } from "./remedy.ts";

/** What any vendor, or what is between, may cause; the more exact first. */
const GENERAL: readonly Remedy[] = [...RELAY_REMEDIES, ...NETWORK_REMEDIES, ...HTTP_REMEDIES];

/**
 * The advice on a verdict's reason, from the channel's own remedies first; `undefined` if none applies. It is looked up by the
 * words of the verdict, which every record stores: so it also explains refusals that are older than the remedy.
 */
export function adviceOf(
  channel: { readonly remedies?: readonly Remedy[] } | undefined,
  because: string,
): Advice | undefined {
  const found = [...channel?.remedies ?? [], ...GENERAL].find(({ when }) => when.test(because));
  return found && { cause: found.cause, cure: found.cure };
}
