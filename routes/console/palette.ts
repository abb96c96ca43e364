import { LOCALES } from "../../relay/base/locale.ts";
import { allows, type Role } from "../../relay/domain/role.ts";
import { type TextKey, translator } from "../../relay/message/locale.ts";
import type { NavigationEntry } from "./navigation.ts";

/** An entry of the palette: it opens a page, or acts on the current one. */
export interface PaletteEntry {
  readonly title: TextKey;
  /** Its names in all languages: people type either. */
  readonly names: string;
  readonly to?: string;
  /** The action, with the names of `script/palette.js`. */
  readonly deed?: string;
}

/** The actions that are available everywhere, with the lowest role. */
const ACTIONS: readonly (Omit<PaletteEntry, "names"> & { readonly role: Role })[] = [
  { title: "palette.silence", to: "/silences/new", role: "operator" },
  { title: "palette.test", to: "/groups", role: "operator" },
  { title: "palette.unacknowledged", to: "/incidents?known=no", role: "viewer" },
  { title: "palette.failed", to: "/deliveries?tab=dead", role: "viewer" },
  { title: "palette.group", to: "/groups/new", role: "admin" },
  { title: "palette.member", to: "/members/new", role: "admin" },
  { title: "palette.rules", to: "/rules/edit", role: "admin" },
  { title: "palette.dark", deed: "theme-dark", role: "viewer" },
  { title: "palette.light", deed: "theme-light", role: "viewer" },
  { title: "palette.auto", deed: "theme-auto", role: "viewer" },
  { title: "palette.zh", deed: "locale-zh", role: "viewer" },
  { title: "palette.en", deed: "locale-en", role: "viewer" },
  { title: "palette.keys", deed: "keys", role: "viewer" },
];

/** The pages and the actions of an account. */
export function paletteOf(
  pages: readonly NavigationEntry[],
  role: Role,
): { pages: PaletteEntry[]; actions: PaletteEntry[] } {
  return {
    pages: pages.map(({ path, title }) => ({ title, names: namesOf(title), to: path })),
    actions: ACTIONS.filter((action) => allows(role, action.role))
      .map(({ role: _, ...action }) => ({ ...action, names: namesOf(action.title) })),
  };
}

function namesOf(title: TextKey): string {
  return LOCALES.map((locale) => translator(locale)(title)).join(" ");
}
