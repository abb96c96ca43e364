import { didYouMean } from "../base/nearest.ts";
import type { Path } from "./path.ts";
import { textAt } from "./raw.ts";

/**
 * The names of a group's destinations that are fallbacks of others. Reports a fallback that does not exist, and a
 * circular chain.
 *
 * @param raw The group's destinations, as written.
 * @param complain Called with a path relative to the destinations.
 */
export function readFallbacks(raw: unknown, complain: (path: Path, message: string) => void): Set<string> {
  const next = new Map<string, { fallback: string | undefined; here: Path }>();
  for (const [index, item] of (Array.isArray(raw) ? raw : []).entries()) {
    const name = textAt(item, "name") ?? textAt(item, "channel");
    if (name !== undefined) next.set(name, { fallback: textAt(item, "fallback"), here: [index, "fallback"] });
  }
  const fallbacks = new Set<string>();
  for (const [name, { fallback, here }] of next) {
    if (fallback === undefined) continue;
    if (!next.has(fallback)) {
      complain(
        here,
        `there is no destination "${fallback}" in this group${didYouMean(fallback, next.keys())}`,
      );
      continue;
    }
    fallbacks.add(fallback);
    const chain = [name];
    for (let at: string | undefined = fallback; at !== undefined; at = next.get(at)?.fallback) {
      const again = chain.includes(at);
      chain.push(at);
      if (!again) continue;
      if (at === name) complain(here, `comes back to its beginning: ${chain.join(" → ")}`);
      break;
    }
  }
  return fallbacks;
}
