import type { Problem } from "./compose.ts";
import type { ConfigChange, FieldChange } from "./changes.ts";
import type { Tree } from "./file.ts";
import type { ItemAddress } from "./items.ts";

/** An item, as it may be shown. */
export interface ItemState {
  readonly what: ItemAddress;
  /** Its secrets are marks; sent back, a mark stands for the secret that is there. */
  readonly value: unknown;
  /** Names this state: a change says on which one it was based. */
  readonly version: string;
  /** An item that the file declares can only be changed there. */
  readonly managedBy: "file" | "console";
  /** Who changed it last in the console, and when, in epoch milliseconds. */
  readonly by?: string;
  readonly at?: number;
  /** Why it, or a part of it, is not in use. */
  readonly problems: readonly Problem[];
}

/** Why a change was not made. */
export type ConfigRefusal =
  /** There is no such item. */
  | { readonly refused: "unknown" }
  /** The file declares it. */
  | { readonly refused: "managed" }
  /** It was changed since, or is there already; `current` is how it is now. */
  | { readonly refused: "stale"; readonly current: ItemState | undefined }
  /** It is there, and the change does not say on which version it is based. */
  | { readonly refused: "unversioned"; readonly current: ItemState }
  | { readonly refused: "invalid"; readonly problems: readonly Problem[] }
  /** What is stored was sealed with another key. */
  | { readonly refused: "sealed" }
  | { readonly refused: "too_large" }
  /** The configuration changed since the plan was made; `plan` is the new one. */
  | { readonly refused: "replanned"; readonly plan: ConfigPlan }
  /** Other changes kept coming first. */
  | { readonly refused: "busy" };

/** Computes the new stored tree from the current one. `typed`: the secrets that the change gives as themselves. */
export type Edit = (
  stored: Tree,
) => { readonly tree: Tree; readonly typed: ReadonlySet<string> } | ConfigRefusal;

/** A change of one item. */
export interface ItemChange {
  readonly what: ItemAddress;
  /** The whole item; `undefined` removes it. */
  readonly value: unknown;
  /** The version that it is based on; `undefined` when there is none yet. */
  readonly version: string | undefined;
  readonly by: string;
}

/** What applying a document would do. */
export interface ConfigPlan {
  /** Names this plan: it is applied only if nothing has changed since. */
  readonly hash: string;
  readonly changes: readonly (Pick<ConfigChange, "what" | "action"> & {
    /** Field by field; secrets are marks. */
    readonly fields: readonly FieldChange[];
  })[];
}
