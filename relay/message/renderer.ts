import type { Channel, Message, MessageActions, TimelineLine } from "../channel.ts";
import {
  flavourOf,
  formOf,
  hasButtons,
  isTitleApart,
  limitsOf,
  markupOf,
  takesTimeline,
} from "../channel/options.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Group, GroupLookup } from "../domain/group.ts";
import { type StoredOverride, withOverrides } from "../domain/override.ts";
import { once } from "../base/once.ts";
import type { RenderedDigest } from "./digest.ts";
import type { Entry } from "./entry.ts";
import type { LabelRules } from "./labels.ts";
import { compileLinks, type LinkRewrite } from "./links.ts";
import type { Rendered, RenderOptions } from "./render_options.ts";
import type { Templates } from "./templates.ts";

/** The options of a {@linkcode Renderer}. */
export interface RendererOptions {
  /** The part of the configuration that affects messages; read for each message. */
  readonly config: {
    readonly links: readonly LinkRewrite[];
    /** The console's address, without a trailing slash. */
    readonly publicUrl: string | undefined;
    /** The rules for the labels in messages. */
    readonly labelRules: LabelRules;
    /** Signs the links for readers. Without it, messages have none. */
    readonly key?: string;
  };
  readonly templates: Templates;
  readonly channels: Pick<ChannelRegistry, "get">;
  readonly groups: Pick<GroupLookup, "get">;
  /** The overrides of a group's on-call calendar. */
  readonly overrides?: { of(group: string): readonly StoredOverride[] };
  /** The newest lines of the timeline of an alert's incident, in the language and the zone of a group. */
  readonly timelineOf?: (alert: string, group: Group) => Promise<readonly TimelineLine[]>;
}

/** The destination of a message: its group and its channel. */
export interface RenderTarget {
  readonly group: Group;
  readonly channel: Channel;
  /** The channel's config at the destination. */
  readonly channelConfig: unknown;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The idempotency key of a message about these deliveries. */
  readonly messageId: (ids: readonly string[]) => string;
  /** The destination's id; without it the message has no {@linkcode MessageActions}. */
  readonly destination?: string;
  /** Whether the vendor refused the original message: write a short one without markup. */
  readonly plain?: boolean | undefined;
  /** Whether the alerts are in no log, so that there is no page to link to. */
  readonly isTest?: boolean;
  /** The number of still firing incidents of the message group outside the message. */
  readonly others?: number | undefined;
}

/** Not loaded by a start: no sender waits for a message. */
const loaded = once(async () => {
  const [{ render }, { renderDigest }, { destinationName }] = await Promise.all([
    import("./render.ts"),
    import("./digest.ts"),
    import("./destination_name.ts"),
  ]);
  return { render, renderDigest, destinationName };
});

/** Needed by some channels and settings only. Memoised, because even a repeated import takes some microseconds. */
const loadedLinks = once(() => import("./action_links.ts"));
const loadedPrinter = once(() => import("./markup_printer.ts"));
const loadedFitting = once(async () => {
  const [{ fitRequest }, { requestFill }] = await Promise.all([
    import("./fit_request.ts"),
    import("../channel/request_fill.ts"),
  ]);
  return { fitRequest, requestFill };
});

/** Writes messages in the form, the limits and the markup of a channel, as the configuration is now. */
export class Renderer {
  readonly #options: RendererOptions;
  #links: { readonly of: readonly LinkRewrite[]; readonly rewrite: (url: string) => string | undefined };

  constructor(options: RendererOptions) {
    const { links } = options.config;
    this.#options = options;
    this.#links = { of: links, rewrite: compileLinks(links) };
  }

  /** A message about as many of the entries, from the front, as the channel's limits allow. */
  async message(entries: readonly Entry[], target: RenderTarget): Promise<Rendered> {
    const { render } = await loaded();
    return await this.#fitted(target, (options) => render(entries, options));
  }

  /** One message about all entries, a line each. */
  async digest(entries: readonly Entry[], target: RenderTarget): Promise<RenderedDigest> {
    const { renderDigest } = await loaded();
    return await this.#fitted(target, (options) => renderDigest(entries, options));
  }

  /** The lines of a timeline for a message; none if the channel does not take them. @throws StoreError */
  async timeline(
    alert: string,
    { group, channel, channelConfig }: Pick<RenderTarget, "group" | "channel" | "channelConfig">,
  ): Promise<readonly TimelineLine[] | undefined> {
    return takesTimeline(channel, channelConfig) ? await this.#options.timelineOf?.(alert, group) : undefined;
  }

  /** The displayed form of a link; `undefined` for one that must not be shown. */
  rewrite(url: string): string | undefined {
    const { links } = this.#options.config;
    // A changed configuration has a new list.
    if (this.#links.of !== links) this.#links = { of: links, rewrite: compileLinks(links) };
    return this.#links.rewrite(url);
  }

  /** The links to view, acknowledge, take and snooze the incidents of a message; with `member`, of a message to that member only. */
  async actions(
    message: Message,
    { destination, member, now }: Pick<RenderTarget, "destination" | "now"> & { member?: string },
  ): Promise<MessageActions | undefined> {
    const { publicUrl, key } = this.#options.config;
    if (publicUrl === undefined || key === undefined || destination === undefined) return undefined;
    const { actionLinks } = await loadedLinks();
    return actionLinks(message, { destination, member, now, publicUrl, key });
  }

  /** A message that fits the limits of its body and of the whole request. */
  async #fitted<R extends Rendered>(target: RenderTarget, write: (options: RenderOptions) => R): Promise<R> {
    const options = await this.#optionsFor(target);
    const unlinked = write(options);
    const actions = await this.actions(unlinked.message, target);
    const withActions = (made: R): R => actions ? { ...made, message: { ...made.message, actions } } : made;
    const whole = withActions(unlinked);
    const { limits } = options;
    const { request } = limits;
    if (request === undefined) return whole;
    const { fitRequest, requestFill } = await loadedFitting();
    const { channel, channelConfig: config, now } = target;
    return await fitRequest(whole, {
      write: (bytes) => {
        const bodyBytes = Math.min(bytes, limits.bodyBytes ?? bytes);
        return withActions(write({ ...options, limits: { ...limits, bodyBytes } }));
      },
      fillOf: (message) => requestFill(message, request, { channel, config, now }),
    });
  }

  async #optionsFor(
    { channel, channelConfig, isTest = false, ...target }: RenderTarget,
  ): Promise<RenderOptions> {
    const { config, templates, overrides } = this.#options;
    const { destinationName } = await loaded();
    const markup = markupOf(channel, channelConfig);
    return {
      ...target,
      group: notifying(target.destination, withOverrides(target.group, overrides?.of(target.group.id) ?? [])),
      form: formOf(channel, channelConfig),
      limits: limitsOf(channel, channelConfig),
      flavour: flavourOf(channel, channelConfig),
      markupFormat: markup && { markup, printer: await loadedPrinter() },
      isTitleApart: isTitleApart(channel, channelConfig),
      hasButtons: hasButtons(channel, channelConfig),
      markup: channel.markup,
      templates,
      rewrite: (url) => this.rewrite(url),
      publicUrl: isTest ? undefined : config.publicUrl,
      labelRules: config.labelRules,
      nameOf: (id) => destinationName(id, this.#options),
    };
  }
}

/** The group with the members whom the destination notifies: its own, if it has any, instead of those on call. */
function notifying(destination: string | undefined, group: Group): Group {
  const members = group.destinations.find(({ id }) => id === destination)?.members;
  if (!members) return group;
  const { oncall: _, ...rest } = group;
  return { ...rest, members };
}
