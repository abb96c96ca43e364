/**
 * Checks an item that a person sent, before it is stored: its stored form, and its faults.
 *
 * @module
 */
import { compose, merge, type Problem, problemsOf } from "./compose.ts";
import type { Config } from "./config.ts";
import type { ConfigRefusal } from "./edit.ts";
import type { Tree } from "./file.ts";
import { type ItemAddress, named, partsOf, withItem } from "./items.ts";
import { typedIn, unmask } from "./mask.ts";
import { pathText } from "./path.ts";
import { plain } from "./plain.ts";
import { isTree } from "./raw.ts";
import { redirectedSecrets } from "./secret_endpoints.ts";
import { type ConfigState, maskOf } from "./state.ts";

/**
 * The stored form of an item: with the ids of its address, and its secrets in place of their marks. `typed`: its new
 * secrets.
 */
export function written(
  state: ConfigState,
  { what, value, old }: { what: ItemAddress; value: unknown; old: unknown },
): { value: unknown; typed: ReadonlySet<string> } | ConfigRefusal {
  const invalid = (message: string): ConfigRefusal => ({
    refused: "invalid",
    problems: [{ what, path: "", message }],
  });
  const clean = plain(value);
  if (clean === undefined && value !== undefined) return invalid("is too deep");
  if (clean !== undefined && partsOf(what).id !== undefined && !isTree(clean)) {
    return invalid("must be a mapping");
  }
  const whole = named(what, clean);
  if (clean !== undefined && whole === undefined) return invalid("names another one than its address does");
  const { value: restored, lost } = unmask(what, whole, old, maskOf(state));
  if (lost.length === 0) return { value: restored, typed: typedIn(what, whole, state.channels) };
  return {
    refused: "invalid",
    problems: lost.map(({ path, message }) => ({ what, path: pathText(path), message })),
  };
}

/** The new problems of another stored tree, and the stored secrets that it would redirect. */
export function newProblems(state: ConfigState, stored: Tree, typed: ReadonlySet<string>): Problem[] {
  return problemsIn(state, merge(state.base.file, stored), typed);
}

/** The configuration with one sent item, without storing it. */
export function trialOf(
  state: ConfigState,
  what: ItemAddress,
  value: unknown,
): { config: Config } | ConfigRefusal {
  const item = written(state, { what, value, old: state.items.get(what) });
  if ("refused" in item) return item;
  const tree = withItem(state.composed.tree, what, item.value);
  const problems = problemsIn(state, tree, item.typed);
  if (problems.length > 0) return { refused: "invalid", problems };
  return { config: compose({ ...state.base, file: {} }, tree, state.channels).config };
}

function problemsIn(
  { base, composed, channels }: ConfigState,
  tree: Tree,
  typed: ReadonlySet<string>,
): Problem[] {
  const before = new Set(composed.problems.map(({ what, message }) => `${what} ${message}`));
  const fresh = problemsOf(tree, { base, channels })
    .filter(({ what, message }) => !before.has(`${what} ${message}`));
  return [...fresh, ...redirectedSecrets({ before: composed.tree, after: tree, typed }, channels)];
}
