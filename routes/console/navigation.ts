import { allows, type Role } from "../../relay/domain/role.ts";
import type { TextKey } from "../../relay/message/locale.ts";
import type { Pulse } from "../../relay/query/overview/pulse.ts";

/** The sections of the navigation, in their order. */
export const SECTIONS = ["duty", "records", "setup", "system"] as const;

/** A page in the navigation. */
export interface NavigationEntry {
  /** Its address, such as `/inbox`; it includes the addresses below it. */
  readonly path: string;
  /** Its name. */
  readonly title: TextKey;
  /** The lowest role that sees it in the navigation; the handlers check roles themselves. */
  readonly role: Role;
  readonly section: typeof SECTIONS[number];
  /** Pages of one section with the same entry share a link of this name, and show each other as tabs. */
  readonly entry?: TextKey;
  /** The count next to its link. */
  readonly count?: (pulse: Pulse) => number;
}

/** A link of the navigation, or a tab. */
export interface NavigationLink {
  readonly path: string;
  readonly title: TextKey;
  /** Whether the link leads to the current page or a parent of it. */
  readonly current: boolean;
  /** Shown next to it, if it is not 0. */
  readonly count?: number | undefined;
}

/** The navigation of one page for one role. */
export interface Navigation {
  readonly sections: readonly { readonly title: TextKey; readonly links: readonly NavigationLink[] }[];
  /** The pages that share the current page's link, if there are several. */
  readonly tabs: readonly NavigationLink[];
}

/** The navigation for a role at an address; `pulse`: the source of the counts, if they are known. */
export function navigationOf(
  pages: readonly NavigationEntry[],
  { role, pathname, pulse }: { role: Role; pathname: string; pulse: Pulse | undefined },
): Navigation {
  const shown = pages.filter((page) => allows(role, page.role));
  const current = shown.filter(({ path }) => isBelow(pathname, path))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
  const isCurrent = (page: NavigationEntry): boolean =>
    page === current ||
    page.entry !== undefined && page.entry === current?.entry && page.section === current.section;
  const sections = SECTIONS.map((section) => {
    const entries = shown.filter((page) => page.section === section);
    const firsts = entries.filter(({ entry }, index) =>
      entry === undefined || entries.findIndex((other) => other.entry === entry) === index
    );
    return {
      title: `nav.section.${section}` as TextKey,
      links: firsts.map((page): NavigationLink => ({
        path: page.path,
        title: page.entry ?? page.title,
        current: isCurrent(page),
        count: pulse && page.count?.(pulse),
      })),
    };
  }).filter(({ links }) => links.length > 0);
  const beside = current?.entry === undefined ? [] : shown.filter(isCurrent);
  const tabs = beside.length < 2
    ? []
    : beside.map((page) => ({ path: page.path, title: page.title, current: page === current }));
  return { sections, tabs };
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || path !== "/" && pathname.startsWith(`${path}/`);
}
