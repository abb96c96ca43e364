import { canonicalJson } from "../base/hash.ts";
import { changesBetween, fieldChanges } from "./changes.ts";
import { pathText } from "./path.ts";
import type { Problem } from "./compose.ts";
import type { Tree } from "./file.ts";
import { itemsOf, partsOf, positionOf, straysIn, treeOf } from "./items.ts";
import { isTree } from "./raw.ts";
import type { ConfigPlan, ConfigRefusal } from "./edit.ts";
import { newProblems, written } from "./draft.ts";
import type { ConfigEditor } from "./editor.ts";
import type { ConfigView } from "./live.ts";
import { masked, versionOf } from "./state.ts";
import { plain } from "./plain.ts";

/** A document to apply. */
export interface Application {
  /** The document's values. */
  readonly document: unknown;
  /** Sections that it lacks are left as they are; with `prune` they are emptied. */
  readonly prune: boolean;
}

/**
 * Plans the changes of a document to the stored configuration. @returns the plan, or the reason why it cannot be
 * applied
 */
export function planOf(
  live: ConfigView,
  application: Application,
): { plan: ConfigPlan; target: Tree; typed: ReadonlySet<string> } | ConfigRefusal {
  if (live.isSealed && !application.prune) return { refused: "sealed" };
  const wanted = targetOf(live, application);
  if ("refused" in wanted) return wanted;
  const { target, typed, problems: own } = wanted;
  // Complaints about single items and about the whole, in one answer.
  const problems = distinct([...own, ...newProblems(live.state, target, typed)]);
  if (problems.length > 0) return { refused: "invalid", problems };
  const changes = changesBetween(live.stored, target).map((change) => masked(live.state, change))
    .map(({ what, action, before, after }) => ({ what, action, fields: fieldChanges(before, after) }));
  return { plan: { hash: versionOf(live.state, [live.revision, target]), changes }, target, typed };
}

/** Applies a document in one step, if the plan of this hash is still current. @throws StoreError */
export async function applyPlan(
  editor: ConfigEditor,
  { hash, by, ...application }: Application & { hash: string; by: string },
): Promise<{ changes: number } | ConfigRefusal> {
  let changes = 0;
  const refusal = await editor.edit(() => {
    const planned = planOf(editor.live, application);
    if ("refused" in planned) return planned;
    if (planned.plan.hash !== hash) return { refused: "replanned", plan: planned.plan };
    changes = planned.plan.changes.length;
    return { tree: planned.target, typed: planned.typed };
  }, { by, replaces: application.prune });
  return refusal ?? { changes };
}

/** The tree that would be stored, and the faults of its items. */
function targetOf(
  live: ConfigView,
  { document, prune }: Application,
): { target: Tree; typed: ReadonlySet<string>; problems: readonly Problem[] } | ConfigRefusal {
  const clean = plain(document ?? {});
  if (!isTree(clean)) {
    const problem = { what: "", path: "", message: "must be a mapping, and not too deep" };
    return { refused: "invalid", problems: [problem] };
  }
  const problems: Problem[] = straysIn(clean).map(({ path, message }) => {
    const { address, inner } = positionOf(clean, path);
    return { what: address, path: pathText(inner), message };
  });
  const { declared } = live.state;
  const stored = itemsOf(live.stored);
  const untouched = prune ? [] : [...stored].filter(([what]) => !Object.hasOwn(clean, partsOf(what).section));
  const target = new Map(untouched);
  const typed = new Set<string>();
  for (const [what, value] of itemsOf(clean)) {
    const item = written(live.state, { what, value, old: stored.get(what) ?? declared.get(what) });
    if ("refused" in item) {
      if (item.refused === "invalid") problems.push(...item.problems);
      target.set(what, plain(value)); // never stored, but checked, so that all its mistakes are reported at once
    } else if (!declared.has(what)) {
      target.set(what, item.value);
      for (const secret of item.typed) typed.add(secret);
    } else if (canonicalJson(declared.get(what)) !== canonicalJson(item.value)) {
      const message = "is declared in the relay's own file: change it there, then send the process SIGHUP";
      problems.push({ what, path: "", message });
    }
  }
  return { target: treeOf(target), typed, problems };
}

/** The first problem of each position. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.toReversed().map((one) => [`${one.what} ${one.path}`, one])).values()]
    .reverse();
}
