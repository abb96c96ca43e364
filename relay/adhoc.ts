import type { Member } from "./channel.ts";
import { type Complaint, type Config, makeDestination } from "./config/mod.ts";
import { ADHOC_OWNER, type Group } from "./group.ts";
import { canonicalJson, sha256Hex } from "./hash.ts";
import type { ChannelRegistry } from "./registry.ts";
import { seal, unseal } from "./seal.ts";
import type { Definitions } from "./store/definitions.ts";
import { StoreError } from "./store/errors.ts";

/** Whom to tell, when an address says it and not the configuration. */
export interface AdhocTarget {
  readonly channel: string;
  readonly members: readonly Member[];
  /** The configs of the destinations, all of this channel. */
  readonly configs: readonly Readonly<Record<string, unknown>>[];
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A group that is not used for so long is forgotten. No delivery waits for half as long. */
const KEPT = 14 * DAY;

/** Its record is written anew when so much of that is gone: not with every alert. */
const RENEWED_AFTER = DAY;

const WINDOW = 5 * MINUTE;

/** Each has a record and a place in memory, and whoever may send can make one. */
const MOST = 1_000;

/** What the groups are made with. */
export interface AdhocOptions {
  readonly config: Config;
  readonly channels: ChannelRegistry;
  readonly definitions: Definitions;
  readonly now: () => number;
}

/**
 * The groups that addresses made. Their definitions hold credentials, so they are sealed; they are stored before the
 * first alert for them is accepted, because a delivery only has the group's id.
 */
export class AdhocGroups {
  readonly #options: AdhocOptions;
  readonly #known = new Map<
    string,
    { readonly group: Group; readonly until: number; readonly target: AdhocTarget }
  >();

  constructor(options: AdhocOptions) {
    this.#options = options;
  }

  /** A group that is known here; {@linkcode load} may know another instance's. */
  get(id: string): Group | undefined {
    return this.#known.get(id)?.group;
  }

  /** Make all groups known that were stored. @throws StoreError */
  async loadAll(): Promise<void> {
    for (const [id, { sealed, until }] of await this.#options.definitions.all()) {
      await this.#open(id, sealed, until);
    }
  }

  /** What the channels' defaults are has changed: the groups are put together again. */
  remake(): void {
    for (const [id, known] of this.#known) {
      const made = this.#make(id, known.target);
      // With defaults that do not suit it, it stays as it was.
      if ("group" in made) this.#known.set(id, { ...known, group: made.group });
    }
  }

  /** Make a group known that another instance may have stored. @throws StoreError */
  async load(id: string): Promise<Group | undefined> {
    const definition = await this.#options.definitions.get(id);
    if (definition) await this.#open(id, definition.sealed, definition.until);
    return this.get(id);
  }

  /**
   * The group of a target, stored.
   *
   * @returns What is wrong instead, when the channel does not like a config.
   * @throws StoreError when it cannot be stored, or there are too many.
   */
  async ensure(target: AdhocTarget): Promise<{ group: Group } | { complaints: readonly Complaint[] }> {
    const { config: { key }, channels, definitions, now } = this.#options;
    const definition = canonicalJson(target);
    const id = `${ADHOC_OWNER}/${sha256Hex(`${key}\n${definition}`, 16)}`;
    const known = this.#known.get(id);
    if (known && known.until > now() + KEPT - RENEWED_AFTER) return known;
    await channels.load([target.channel]);
    const made = this.#make(id, target);
    if ("complaints" in made) return made;
    this.#forget();
    if (!known && this.#known.size >= MOST) {
      throw new StoreError(
        "full",
        `Cannot keep the target: there are ${MOST} of them; declare groups instead`,
      );
    }
    const until = now() + KEPT;
    await definitions.set(id, { sealed: await seal(definition, { key, place: id }), until });
    this.#known.set(id, { group: made.group, until, target });
    return made;
  }

  async #open(id: string, sealed: string, until: number): Promise<void> {
    const definition = await unseal(sealed, { key: this.#options.config.key, place: id });
    if (definition === undefined) return;
    const target = JSON.parse(definition) as AdhocTarget;
    await this.#options.channels.load([target.channel]);
    const made = this.#make(id, target);
    if ("group" in made) this.#known.set(id, { group: made.group, until, target });
  }

  #make(
    id: string,
    { channel, members, configs }: AdhocTarget,
  ): { group: Group } | { complaints: readonly Complaint[] } {
    const { config: { defaults, locale, timezone }, channels } = this.#options;
    const made = configs.map((config, index) => {
      const name = index === 0 ? channel : `${channel}-${index + 1}`;
      return makeDestination({
        id: `${id}/${name}`,
        name,
        channel,
        config,
        defaults: defaults.get(channel) ?? {},
        path: ["target"],
        defaultsPath: ["defaults", channel],
      }, channels);
    });
    const complaints = made.flatMap((one) => "complaints" in one ? one.complaints : []);
    if (complaints.length > 0) return { complaints };
    const destinations = made.flatMap((one) => "destination" in one ? [one.destination] : []);
    const [owner, level] = id.split("/") as [string, string];
    return { group: { id, owner, level, members, destinations, window: WINDOW, locale, timezone } };
  }

  #forget(): void {
    const now = this.#options.now();
    for (const [id, { until }] of this.#known) if (until <= now) this.#known.delete(id);
  }
}
