import type { Role } from "../../relay/domain/role.ts";
import type { TextKey } from "../../relay/message/locale.ts";

/** A page as the navigation shows it. */
export interface NavigationEntry {
  /** Its address, such as `/inbox`; it includes the addresses below. */
  readonly path: string;
  /** Its name in the navigation. */
  readonly title: TextKey;
  /** The least role that the navigation shows it to; the handlers check roles themselves. */
  readonly role: Role;
  /** Listed in the settings, not in the navigation. */
  readonly setting?: boolean;
}
