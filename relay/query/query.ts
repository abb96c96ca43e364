/**
 * The queries of console, API and tasks. They never write. Searches and counts are imported on first use, because most
 * starts at the edge serve one alert only.
 *
 * @module
 */
import type { Account, Token } from "../domain/account.ts";
import type { Clock } from "../base/clock.ts";
import type { Locale } from "../base/locale.ts";
import { once } from "../base/once.ts";
import type { Archive, KeptMessage } from "../channel.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { AdhocEntry } from "../config/adhoc.ts";
import type { Config, ConfigView } from "../config/mod.ts";
import type { AuditEntry, AuditFilter } from "../domain/audit_note.ts";
import type { Labels } from "../domain/alert.ts";
import type { FailingMember } from "../domain/failing_member.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { InhibitingIncident } from "../domain/inhibition.ts";
import type { ProviderIdentity } from "../domain/provider_identity.ts";
import type { RefusalCount } from "../domain/sender_refusal.ts";
import type { Silence } from "../domain/silence.ts";
import type { Events } from "../events.ts";
import type { Renderer } from "../message/renderer.ts";
import type { Templates } from "../message/templates.ts";
import type { StoreReader } from "../store/reader.ts";
import { AlertQueries } from "./alert_queries.ts";
import { DeliveryQueries } from "./delivery_queries.ts";
import { FigureQueries } from "./figure_queries.ts";
import type { Health, Unready } from "./health.ts";
import { IncidentQueries } from "./incident_queries.ts";
import type { OnCallQueries } from "./oncall.ts";
import type { FoundPerson } from "./people.ts";
import type { Overview } from "./overview/overview.ts";
import type { Pulse } from "./overview/pulse.ts";
import type { WallLink } from "../domain/wall_link.ts";
import type { Wall } from "./wall/wall.ts";
import type { DrillView } from "./shapes/drill.ts";
import type { HeartbeatView, OutgoingView } from "./shapes/heartbeats.ts";

/** The built-in channel that stores its messages. */
const INBOX = "inbox";

/** The sources of {@linkcode Query}. */
export interface QuerySources {
  readonly store: StoreReader;
  /** The current configuration. Read its values at each use: they are replaced in place. */
  readonly config: Config;
  readonly configuration: ConfigView;
  /** The configured groups, and those that request addresses define. */
  readonly groups: Pick<GroupLookup, "get" | "load" | "holds">;
  readonly channels: ChannelRegistry;
  readonly templates: Templates;
  readonly clock: Clock;
  /** Renders messages, and links for display. */
  readonly renderer: Renderer;
  readonly events: Pick<Events, "listen" | "changes">;
  readonly health: Health;
  /** The calls of other monitors; `undefined` until the upkeep has run. */
  readonly outgoing: () => OutgoingView | undefined;
  /** The targets that request addresses named. */
  readonly targets: { readonly size: number; all(): Promise<AdhocEntry[]> };
  /** The requests that the doors refused. */
  readonly refusals: { all(now: number): Promise<RefusalCount[]> };
}

/** The read side of a relay. */
export class Query {
  readonly config: Config;
  readonly configuration: ConfigView;
  readonly groups: Pick<GroupLookup, "get" | "load" | "holds">;
  readonly channels: ChannelRegistry;
  readonly templates: Templates;
  readonly clock: Clock;
  readonly renderer: Renderer;
  /** The events of changes. */
  readonly events: Pick<Events, "listen" | "changes">;
  readonly targets: QuerySources["targets"];
  readonly refusals: QuerySources["refusals"];
  readonly alerts: AlertQueries;
  readonly incidents: IncidentQueries;
  readonly deliveries: DeliveryQueries;
  readonly figures: FigureQueries;
  /** The figures of the console's first page. */
  readonly overview: () => Promise<Overview>;
  /** The content of the wall, a page for a large screen. */
  readonly wall: () => Promise<Wall>;
  readonly #store: StoreReader;
  readonly #health: Health;
  readonly #outgoing: () => OutgoingView | undefined;

  constructor(sources: QuerySources) {
    const { store, config, configuration, groups, channels, templates, renderer, clock, events } = sources;
    this.config = config;
    this.configuration = configuration;
    this.groups = groups;
    this.channels = channels;
    this.templates = templates;
    this.clock = clock;
    this.renderer = renderer;
    this.events = events;
    this.targets = sources.targets;
    this.refusals = sources.refusals;
    this.alerts = new AlertQueries({ store, groups, channels, clock });
    this.incidents = new IncidentQueries(store);
    this.deliveries = new DeliveryQueries({ store, config, groups, channels, clock });
    this.figures = new FigureQueries(store);
    this.#store = store;
    this.#health = sources.health;
    this.#outgoing = sources.outgoing;
    this.overview = once(async () => {
      const { Overview } = await import("./overview/overview.ts");
      const warnings = (): string[] => this.warnings();
      return new Overview({ store, config, channels, clock, warnings, changes: () => events.changes });
    });
    this.wall = once(async () => {
      const { Wall } = await import("./wall/wall.ts");
      const changes = (): number => events.changes;
      const { overview, nameOf } = this;
      return new Wall({ store, config, clock, changes, overview, nameOf, onCall: () => this.onCall() });
    });
  }

  /** The name of a member, by id; any other text stays as it is. */
  readonly nameOf = (member: string): string => this.config.members.get(member)?.name || member;

  /** Whether other instances may change the store without an event here. */
  get isShared(): boolean {
    return this.#store.isShared;
  }

  /** Faults that the relay works around. */
  warnings(locale?: Locale): string[] {
    return this.#health.warnings(locale);
  }

  /** The reasons why the relay is not ready; empty if it is. */
  async unready(): Promise<Unready> {
    return await this.#health.unready();
  }

  /** The heartbeats, lost ones first. @throws StoreError */
  async heartbeats(): Promise<HeartbeatView[]> {
    const { heartbeatsOf } = await import("./heartbeats.ts");
    return await heartbeatsOf({ store: this.#store, config: this.config, now: this.clock.now() });
  }

  /** The plan of the fire drill, and the result of the last one. @throws StoreError */
  async drill(): Promise<DrillView> {
    const { nextSlot } = await import("../domain/drill.ts");
    const last = await this.#store.drills.last();
    const { drill: plan } = this.config;
    return {
      ...plan === undefined ? {} : {
        plan: {
          ...plan,
          destinations: plan.destinations === "all" ? plan.destinations : [...plan.destinations],
          nextAt: nextSlot(plan, this.clock.now()),
        },
      },
      ...last === undefined ? {} : { last },
    };
  }

  /** The on-call schedules, including changes by other instances. @throws StoreError */
  async onCall(): Promise<OnCallQueries> {
    const { OnCallQueries } = await import("./oncall.ts");
    const queries = new OnCallQueries({ store: this.#store, config: this.config, clock: this.clock });
    await queries.refresh();
    return queries;
  }

  /** The state that every page of the console shows; `undefined` while it takes too long to compute. @throws StoreError */
  async pulse(): Promise<Pulse | undefined> {
    const { OnCallQueries } = await import("./oncall.ts");
    const onCall = new OnCallQueries({ store: this.#store, config: this.config, clock: this.clock });
    return await (await this.overview()).pulse(onCall);
  }

  /** The calls of other monitors by this instance, once its upkeep has run. */
  get outgoing(): OutgoingView {
    return this.#outgoing() ?? { addresses: [] };
  }

  /** All stored silences, the newest first, as the database has them now. @throws StoreError */
  async silences(): Promise<Silence[]> {
    const { silences } = this.#store;
    await silences.refresh();
    return silences.all();
  }

  /** One item, by id. @throws StoreError */
  async silence(id: string): Promise<Silence | undefined> {
    const { silences } = this.#store;
    await silences.refresh();
    return silences.get(id);
  }

  /** The active silence that matches labels, from this instance's cache. */
  silenceOf(labels: Labels, now: number): Silence | undefined {
    const { silences } = this.#store;
    const id = silences.covering(labels, now);
    return id === undefined ? undefined : silences.get(id);
  }

  /**
   * The open incidents that inhibit alerts with these labels, from this instance's cache. `own`: the alert's own incident, which
   * never does.
   */
  inhibitorsOf(labels: Labels, own?: string): InhibitingIncident[] {
    return this.#store.inhibitors.of(labels, own);
  }

  /** The audit log, the newest entries first. @throws StoreError */
  async audit(filter: AuditFilter): Promise<{ entries: AuditEntry[]; next?: string }> {
    return await this.#store.audit.list(filter);
  }

  /** The stored accounts, by name, without the built-in one. @throws StoreError */
  async accounts(): Promise<Account[]> {
    return await this.#store.accounts.list();
  }

  /** The people who signed in at the identity provider, by name. @throws StoreError */
  async identities(): Promise<ProviderIdentity[]> {
    return await this.#store.identities.list();
  }

  /** Finds a person by a member's id, an account, a name at the identity provider or a member's name. @throws StoreError */
  async person(text: string): Promise<FoundPerson> {
    const { findPerson } = await import("./people.ts");
    const [accounts, identities] = await Promise.all([this.accounts(), this.identities()]);
    return findPerson(text, { members: this.config.members, accounts: [...accounts, ...identities] });
  }

  /** All API tokens, the newest first. @throws StoreError */
  async tokens(): Promise<Token[]> {
    return await this.#store.tokens.list();
  }

  /** All links to the wall, the newest first. @throws StoreError */
  async wallLinks(): Promise<WallLink[]> {
    return await this.#store.wallLinks.list();
  }

  /** The members whose deliveries fail. @throws StoreError */
  async failingMembers(): Promise<FailingMember[]> {
    return await this.#store.recipients.list();
  }

  /** The stored messages of the inbox, the newest first. @throws StoreError */
  async inbox(limit: number): Promise<KeptMessage[]> {
    return await (await this.#archive())?.newest(limit) ?? [];
  }

  /** One item, by id. @throws StoreError */
  async inboxMessage(id: string): Promise<KeptMessage | undefined> {
    return await (await this.#archive())?.get(id);
  }

  async #archive(): Promise<Archive | undefined> {
    await this.channels.load([INBOX]);
    return this.channels.get(INBOX)?.archive?.(this.#store.caches.reader(INBOX));
  }
}
