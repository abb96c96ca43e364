import type { Problem } from "./compose.ts";
import type { ConfigChange, FieldChange } from "./changes.ts";
import type { Tree } from "./file.ts";
import type { ItemAddress } from "./items.ts";

/** An item without its secrets. */
export interface ItemState {
  readonly what: ItemAddress;
  /** Secrets are replaced by marks; in a change, a mark keeps the stored secret. */
  readonly value: unknown;
  /** The version of this state: a change names the version on which it is based. */
  readonly version: string;
  /** An item that the file declares can only be changed there. */
  readonly managedBy: "file" | "console";
  /** The last change in the console: by whom, and when, in epoch milliseconds. */
  readonly by?: string;
  readonly at?: number;
  /** The reasons why the item, or a part of it, is not in use. */
  readonly problems: readonly Problem[];
}

/** The reason why a change was refused. */
export type ConfigRefusal =
  /** The item does not exist. */
  | { readonly refused: "unknown" }
  /** The file declares the item. */
  | { readonly refused: "managed" }
  /** The item was changed since, or exists already; `current` is its present state. */
  | { readonly refused: "stale"; readonly current: ItemState | undefined }
  /** The item exists, and the change does not name the version on which it is based. */
  | { readonly refused: "unversioned"; readonly current: ItemState }
  | { readonly refused: "invalid"; readonly problems: readonly Problem[] }
  /** The stored configuration was sealed with another key. */
  | { readonly refused: "sealed" }
  | { readonly refused: "too_large" }
  /** The configuration changed since the plan was made; `plan` is the new one. */
  | { readonly refused: "replanned"; readonly plan: ConfigPlan }
  /** Concurrent changes won every retry. */
  | { readonly refused: "busy" };

/** Computes the new stored tree from the current one. `typed`: the secrets that the change contains in clear text. */
export type Edit = (
  stored: Tree,
) => { readonly tree: Tree; readonly typed: ReadonlySet<string> } | ConfigRefusal;

/** A change of one item. */
export interface ItemChange {
  readonly what: ItemAddress;
  /** The whole item; `undefined` removes it. */
  readonly value: unknown;
  /** The version that it is based on; `undefined` if the item is new. */
  readonly version: string | undefined;
  readonly by: string;
}

/** The changes that applying a document would make. */
export interface ConfigPlan {
  /** The hash of this plan: it is applied only if nothing has changed since. */
  readonly hash: string;
  readonly changes: readonly (Pick<ConfigChange, "what" | "action"> & {
    /** Field by field; secrets are marks. */
    readonly fields: readonly FieldChange[];
  })[];
}
