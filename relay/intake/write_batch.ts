/**
 * The items of one commit: how they are added to it, and the records that their decisions depend on.
 *
 * @module
 */
import { messageGroupOf } from "../domain/grouping.ts";
import type { InhibitRule } from "../domain/inhibition.ts";
import { StoreError } from "../store/errors.ts";
import type { CommitBuilder } from "./commit_builder.ts";
import { sidesOf } from "./inhibition_order.ts";
import { fingerprintOfItem, type WriteBatch, type WriteCandidate } from "./write_queue.ts";

/** Whether the first item of a fingerprint changes an open incident, unless it has no effect. */
export function isExpectedOpen(fingerprint: string, { candidates }: WriteBatch): boolean {
  const { item } = candidates.find(({ item }) => fingerprintOfItem(item) === fingerprint)!;
  return "update" in item || item.prepared.alert.status === "resolved";
}

/** The message groups that the alerts of a batch may be notified in. */
export function messageGroupsOf({ candidates }: WriteBatch): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { item } of candidates) {
    const prepared = "prepared" in item
      ? item.prepared
      : "alert" in item.update
      ? item.update.alert
      : undefined;
    if (!prepared || typeof prepared === "string") continue;
    for (const { group: { id, grouping } } of prepared.routes) {
      if (grouping) keys.add(messageGroupOf({ id, grouping }, prepared.alert.labels));
    }
  }
  return keys;
}

/** Add an item to a commit. @returns `false` when it belongs in the next one */
export function addTo(builder: CommitBuilder, candidate: WriteCandidate): boolean {
  const { item } = candidate;
  candidate.logged = candidate.refused = undefined; // of an earlier build
  try {
    if ("update" in item) return builder.update(item.update);
    const logged = builder.add(item.prepared);
    if (logged) candidate.logged = logged;
    return logged !== undefined;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    candidate.refused = error; // nothing of it was added to the commit
    return true;
  }
}

/** The sides of alerts of which none inhibits another one. */
export const NO_SIDES = { hasSources: false, hasTargets: false };

/** Whether alerts of a batch may inhibit others, and whether others may inhibit some of them. */
export function sidesOfBatch(
  { candidates }: WriteBatch,
  rules: readonly InhibitRule[] = [],
): ReturnType<typeof sidesOf> {
  if (rules.length === 0) return NO_SIDES;
  return sidesOf(candidates.flatMap(({ item }) => "prepared" in item ? item.prepared.alert : []), rules);
}
