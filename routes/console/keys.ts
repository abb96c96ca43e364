/**
 * The keys of the console: the one table that binds them and explains them. Pages contain it, see `parts/keys.eta`.
 *
 * @module
 */
import type { TextKey } from "../../relay/message/locale.ts";

/** The action of a key, with the names of `script/keys.js`. */
export type KeyDeed =
  | "help"
  | "palette"
  | "find"
  | "go"
  | "next"
  | "previous"
  | "open"
  | "select"
  | "act"
  | "undo"
  | "close";

/** A key, or a sequence of two. */
export interface Binding {
  /** The names of `KeyboardEvent.key`, with a space between two; `mod+k` is Ctrl-K, and ⌘K on a Mac. */
  readonly keys: string;
  readonly deed: KeyDeed;
  readonly words: TextKey;
  /** The address that it opens. */
  readonly to?: string;
}

/** The bindings, in the sections of the help. */
export const KEYS: readonly { readonly title: TextKey; readonly bindings: readonly Binding[] }[] = [
  {
    title: "keys.anywhere",
    bindings: [
      { keys: "/", deed: "find", words: "shell.find" },
      { keys: "mod+k", deed: "palette", words: "keys.palette" },
      { keys: "?", deed: "help", words: "keys.help" },
      { keys: "u", deed: "undo", words: "keys.undo" },
      { keys: "Escape", deed: "close", words: "keys.close" },
    ],
  },
  {
    title: "keys.rows",
    bindings: [
      { keys: "j", deed: "next", words: "keys.next" },
      { keys: "k", deed: "previous", words: "keys.previous" },
      { keys: "Enter", deed: "open", words: "keys.open" },
      { keys: "x", deed: "select", words: "keys.select" },
      { keys: "a", deed: "act", words: "act.acknowledge" },
      { keys: "s", deed: "act", words: "act.silence" },
      { keys: "c", deed: "act", words: "act.close" },
    ],
  },
  {
    title: "keys.pages",
    bindings: [
      { keys: "g h", deed: "go", words: "overview.title", to: "/" },
      { keys: "g i", deed: "go", words: "incidents.title", to: "/incidents" },
      { keys: "g s", deed: "go", words: "silences.title", to: "/silences" },
      { keys: "g a", deed: "go", words: "alerts.title", to: "/alerts" },
      { keys: "g d", deed: "go", words: "deliveries.title", to: "/deliveries" },
      { keys: "g b", deed: "go", words: "inbox.title", to: "/inbox" },
      { keys: "g n", deed: "go", words: "folding.title", to: "/noise" },
      { keys: "g g", deed: "go", words: "groups.title", to: "/groups" },
      { keys: "g m", deed: "go", words: "members.title", to: "/members" },
      { keys: "g o", deed: "go", words: "oncall.title", to: "/oncall" },
      { keys: "g r", deed: "go", words: "rules.title", to: "/rules" },
      { keys: "g c", deed: "go", words: "channels.title", to: "/channels" },
    ],
  },
];
