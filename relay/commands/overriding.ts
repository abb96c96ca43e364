import { didYouMean } from "../base/nearest.ts";
import { ulid } from "../base/ulid.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import type { Group } from "../domain/group.ts";
import { MAX_AHEAD, MAX_OVERRIDES, type StoredOverride } from "../domain/override.ts";
import type { Events } from "../events.ts";
import type { Overrides } from "../store/overrides.ts";
import type { Author } from "./author.ts";

/** An override before it is created. `members`: ids of members of the group. */
export type OverrideDraft = Omit<StoredOverride, "id" | "by" | "createdAt">;

/** The reason why an override is not created: the wrong field, and the error. */
export type OverrideRefusal =
  | { readonly field: "group"; readonly wrong: "unknown"; readonly meant: string }
  | { readonly field: "group"; readonly wrong: "many" }
  | { readonly field: "members"; readonly wrong: "none" }
  | {
    readonly field: "members";
    readonly wrong: "stranger";
    readonly member: string;
    readonly meant: string;
  }
  | { readonly field: "until"; readonly wrong: "order" | "past" | "long" };

/** The result of creating an override. */
export type OverrideResult =
  | { readonly override: StoredOverride; readonly refused?: undefined }
  | { readonly refused: OverrideRefusal };

/** The dependencies of {@linkcode Overriding}. */
export interface OverridingOptions {
  readonly store: { readonly overrides: Overrides };
  readonly config: { readonly groups: ReadonlyMap<string, Group> };
  readonly events: Events;
}

/** Creates and ends overrides of on-call calendars. */
export class Overriding {
  readonly #options: OverridingOptions;

  constructor(options: OverridingOptions) {
    this.#options = options;
  }

  /** Creates an override, also for a group that the file manages. It begins now at the earliest. @throws StoreError */
  async make(draft: OverrideDraft, { by, now }: Author): Promise<OverrideResult> {
    const refused = this.#refusalOf(draft, now);
    if (refused) return { refused };
    const from = Math.max(draft.from, now);
    const override: StoredOverride = { id: ulid(now), ...draft, from, by, createdAt: now };
    await this.#options.store.overrides.add(override, {
      by,
      action: "added",
      what: `oncall/${draft.group}`,
      after: inWords(override),
    });
    this.#options.events.tell("config");
    return { override };
  }

  /**
   * Ends an override; one that has not begun is removed.
   *
   * @returns `false` if none has this id, or it is over. @throws StoreError
   */
  async end(id: string, { by, now }: Author): Promise<boolean> {
    const { store: { overrides }, events } = this.#options;
    await overrides.refresh();
    const override = overrides.get(id);
    if (!override || override.until <= now) return false;
    const note: AuditNote = {
      by,
      action: override.from > now ? "removed" : "ended",
      what: `oncall/${override.group}`,
      before: inWords(override),
    };
    const ended = await overrides.change(
      id,
      (one) => one.from > now ? undefined : { ...one, until: now },
      note,
    );
    events.tell("config");
    return ended;
  }

  #refusalOf({ group: id, members, from, until }: OverrideDraft, now: number): OverrideRefusal | undefined {
    const { config: { groups }, store: { overrides } } = this.#options;
    const group = groups.get(id);
    if (!group) return { field: "group", wrong: "unknown", meant: didYouMean(id, [...groups.keys()]) };
    if (members.length === 0) return { field: "members", wrong: "none" };
    const ids = group.members.map(({ id }) => id);
    const member = members.find((member) => !ids.includes(member));
    if (member !== undefined) {
      return { field: "members", wrong: "stranger", member, meant: didYouMean(member, ids) };
    }
    if (until <= from) return { field: "until", wrong: "order" };
    if (until <= now) return { field: "until", wrong: "past" };
    if (until - now > MAX_AHEAD) return { field: "until", wrong: "long" };
    const current = overrides.of(id).filter((one) => one.until > now);
    return current.length >= MAX_OVERRIDES ? { field: "group", wrong: "many" } : undefined;
  }
}

function inWords({ from, until, members, comment }: StoredOverride): object {
  return {
    members,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    ...comment === "" ? {} : { comment },
  };
}
