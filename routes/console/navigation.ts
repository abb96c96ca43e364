import type { Role } from "../../relay/access/role.ts";
import type { TextKey } from "../../relay/message/locale.ts";

/** A page as the navigation shows it. */
export interface NavigationEntry {
  /** Where it begins: `/inbox`. Addresses below it belong to it. */
  readonly path: string;
  /** What the navigation calls it. */
  readonly title: TextKey;
  /** Who is offered it; its handlers guard themselves. */
  readonly role: Role;
  /** It is offered among the settings, not in the navigation. */
  readonly setting?: boolean;
}
