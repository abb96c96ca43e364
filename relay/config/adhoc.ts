import type { Member } from "../channel.ts";
import { type Complaint, type Config, makeDestination } from "./mod.ts";
import { DEFAULT_FLAP } from "../domain/flap.ts";
import { ADHOC_OWNER, DEFAULT_REPEAT, type Group } from "../domain/group.ts";
import type { Clock } from "../base/clock.ts";
import { defined } from "../base/defined.ts";
import { canonicalJson, sha256Hex } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { seal, unseal } from "../base/seal.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import type { Definition, Definitions } from "../store/definitions.ts";
import { DAY, MINUTE } from "../base/duration.ts";

/** Destinations that a request's URL names, rather than the configuration. */
export interface AdhocTarget {
  readonly channel: string;
  readonly members: readonly Member[];
  /** The configs of the destinations, all of this channel. */
  readonly configs: readonly Readonly<Record<string, unknown>>[];
}

/** An unused group expires after this time: more than twice as long as any delivery waits. */
const EXPIRES_AFTER = 14 * DAY;

/** The shortest interval between two extensions of a used group's expiry. */
const RENEWED_AFTER = DAY;

const WINDOW = 5 * MINUTE;

/** The most stored targets, because any sender can create one. The least recently used one is evicted. */
const MAX_TARGETS = 1_000;

/** The most targets of one sender; above it, only the sender's own targets are evicted. */
const MAX_TARGETS_OF_SENDER = 500;

/** The time that pending deliveries can still load an evicted target: no delivery is retried for more than a day. */
const LEAVES_AFTER = 2 * DAY;

/** A target of a list, without its secrets. */
export interface AdhocEntry {
  /** The group's id. */
  readonly id: string;
  readonly channel: string;
  readonly destinations: number;
  /** The hosts that its messages go to. */
  readonly hosts: readonly string[];
  readonly members: readonly Member[];
  /** The token that created it: `intake token`, `token NAME`; empty for a target of an earlier version. */
  readonly sender: string;
  /** The time of its last use; after a restart only accurate to the day. */
  readonly usedAt: number;
  /** Its expiry without further use. */
  readonly until: number;
}

interface CachedTarget {
  readonly group: Group;
  readonly target: AdhocTarget;
  readonly until: number;
  readonly sender: string;
  /** It was evicted or removed: only pending deliveries still use it. */
  readonly leaving: boolean;
  usedAt: number;
}

/** The options of {@linkcode AdhocGroups}. */
export interface AdhocOptions {
  readonly config: Config;
  readonly channels: ChannelRegistry;
  readonly definitions: Definitions;
  /** Whether other instances add and remove targets as well. */
  readonly isShared: boolean;
  readonly clock: Clock;
}

/**
 * Groups that the URLs of requests define. Their definitions hold credentials, so they are sealed. They are stored before
 * their first alert is accepted, because a delivery only has the group's id.
 */
export class AdhocGroups {
  readonly #options: AdhocOptions;
  readonly #cached = new Map<string, CachedTarget>();

  constructor(options: AdhocOptions) {
    this.#options = options;
  }

  /** A cached group; {@linkcode load} also finds those of other instances. */
  get(id: string): Group | undefined {
    return this.#cached.get(id)?.group;
  }

  /** Loads all stored groups that are not evicted or removed. @throws StoreError */
  async loadAll(): Promise<void> {
    for (const [id, definition] of await this.#options.definitions.all()) {
      if (definition.leaving) this.#cached.delete(id); // pending deliveries load it
      else await this.#open(id, definition);
    }
  }

  /** The number of cached targets. */
  get size(): number {
    this.#forget();
    return [...this.#cached.values()].filter(({ leaving }) => !leaving).length;
  }

  /** All targets, the most recently used first. @throws StoreError */
  async all(): Promise<AdhocEntry[]> {
    if (this.#options.isShared) await this.loadAll();
    this.#forget();
    return [...this.#cached].filter(([, { leaving }]) => !leaving)
      .map(([id, { group, target: { channel, members }, sender, usedAt, until }]) => ({
        id,
        channel,
        destinations: group.destinations.length,
        hosts: [...new Set(group.destinations.flatMap(({ config }) => hostOf(config) ?? []))],
        members,
        sender,
        usedAt,
        until,
      })).sort((a, b) => b.usedAt - a.usedAt);
  }

  /**
   * Removes a target. Its pending deliveries are still delivered, and an alert that names it creates it again.
   *
   * @returns whether it existed
   * @throws StoreError
   */
  async remove(id: string, by: string): Promise<boolean> {
    const entry = (await this.all()).find((one) => one.id === id);
    if (!entry) return false;
    const { channel, hosts, sender } = entry;
    await this.#leave(id, {
      by,
      action: "removed",
      what: `targets/${id}`,
      before: { channel, hosts, sender },
    });
    return true;
  }

  /** Rebuilds the groups after the channels' defaults have changed. */
  remake(): void {
    for (const [id, cached] of this.#cached) {
      const made = this.#make(id, cached.target);
      // A group that the new defaults would make invalid is unchanged.
      if ("group" in made) this.#cached.set(id, { ...cached, group: made.group });
    }
  }

  /** Loads a group that another instance may have stored. @throws StoreError */
  async load(id: string): Promise<Group | undefined> {
    const definition = await this.#options.definitions.get(id);
    if (definition) await this.#open(id, definition);
    return this.get(id);
  }

  /**
   * The group of a target, stored if it is new.
   *
   * @returns `complaints` when the channel rejects a config
   * @throws StoreError when it cannot be stored
   */
  async ensure(
    target: AdhocTarget,
    { sender }: { sender: string },
  ): Promise<{ group: Group } | { complaints: readonly Complaint[] }> {
    const { config: { key }, channels, definitions, clock } = this.#options;
    const definition = canonicalJson(target);
    const id = `${ADHOC_OWNER}/${sha256Hex(`${key}\n${definition}`, 16)}`;
    const cached = this.#cached.get(id);
    const existing = cached?.leaving ? undefined : cached;
    if (existing) existing.usedAt = clock.now();
    if (existing && existing.until > clock.now() + EXPIRES_AFTER - RENEWED_AFTER) return existing;
    await channels.load([target.channel]);
    const made = this.#make(id, target);
    if ("complaints" in made) return made;
    if (!existing) await this.#makeRoom(sender);
    const until = clock.now() + EXPIRES_AFTER;
    const owner = existing?.sender ?? sender;
    const sealed = await seal(definition, { key, place: id });
    await definitions.set(id, defined({ sealed, until, sender: owner || undefined }));
    this.#cached.set(id, {
      group: made.group,
      target,
      until,
      sender: owner,
      leaving: false,
      usedAt: clock.now(),
    });
    return made;
  }

  /** Evicts the least recently used target: one of the same sender if that sender has reached its limit. */
  async #makeRoom(sender: string): Promise<void> {
    this.#forget();
    const own = [...this.#cached].filter(([, target]) => target.sender === sender);
    const isOwn = own.length >= MAX_TARGETS_OF_SENDER;
    if (!isOwn && this.#cached.size < MAX_TARGETS) return;
    const [id] = (isOwn ? own : [...this.#cached]).reduce((least, one) =>
      one[1].usedAt < least[1].usedAt ? one : least
    );
    await this.#leave(id);
  }

  async #leave(id: string, note?: AuditNote): Promise<void> {
    const { definitions, clock } = this.#options;
    const definition = await definitions.get(id);
    if (definition) {
      const until = Math.min(definition.until, clock.now() + LEAVES_AFTER);
      await definitions.set(id, { ...definition, until, leaving: true }, note);
    }
    this.#cached.delete(id); // pending deliveries load it again
  }

  async #open(id: string, { sealed, until, sender = "", leaving }: Definition): Promise<void> {
    const definition = await unseal(sealed, { key: this.#options.config.key, place: id });
    if (definition === undefined) return;
    const target = JSON.parse(definition) as AdhocTarget;
    await this.#options.channels.load([target.channel]);
    const made = this.#make(id, target);
    if ("group" in made) {
      const usedAt = Math.max(this.#cached.get(id)?.usedAt ?? 0, until - EXPIRES_AFTER);
      this.#cached.set(id, { group: made.group, target, until, sender, leaving: leaving === true, usedAt });
    }
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
    return {
      group: {
        id,
        owner,
        level,
        members,
        destinations,
        window: WINDOW,
        repeat: DEFAULT_REPEAT,
        flap: DEFAULT_FLAP,
        locale,
        timezone,
      },
    };
  }

  #forget(): void {
    const now = this.#options.clock.now();
    for (const [id, { until }] of this.#cached) if (until <= now) this.#cached.delete(id);
  }
}

/** The host that a destination's messages go to: of its URL, or of its mail server. */
function hostOf(config: unknown): string | undefined {
  const { url, base, host } = Object(config) as Record<string, unknown>;
  const address = url ?? base;
  if (typeof address === "string") return URL.parse(address)?.host;
  return typeof host === "string" ? host : undefined;
}
