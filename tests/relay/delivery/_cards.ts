/** A vendor of cards that change in place, and the channel that sends them. */
import {
  type Channel,
  type ChannelRequest,
  delivered,
  type Message,
  refused,
  retry,
  type Skipped,
  skipped,
  type Verdict,
} from "../../../relay/channel.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { withChannel } from "../../kit/channels.ts";
import { type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";

/** A request to the vendor. */
export interface CardRequest {
  /** Set to change a card. */
  readonly card?: string;
  readonly text: string;
  /** The message's idempotency key. */
  readonly id: string;
  /** For a channel that sends to each recipient by itself. */
  readonly to?: string;
}

/** A vendor's cards, each with its texts from first to last. */
export class CardVendor {
  readonly cards = new Map<string, string[]>();
  readonly requests: CardRequest[] = [];
  #made = 0;
  /** Called before a request is answered; an answer that it returns is the vendor's. */
  before: (
    request: CardRequest,
    signal: AbortSignal,
  ) => Promise<Response | undefined> | Response | undefined = () => undefined;

  /** For a relay's option. */
  readonly fetch: typeof globalThis.fetch = async (_address, init) => {
    const request = JSON.parse(String(init!.body)) as CardRequest;
    this.requests.push(request);
    const answer = await this.before(request, init!.signal!);
    init!.signal!.throwIfAborted();
    if (answer) return answer;
    const { card = `card-${++this.#made}`, text } = request;
    if (request.card !== undefined && !this.cards.has(card)) {
      return new Response("no such card", { status: 410 });
    }
    this.cards.set(card, [...this.cards.get(card) ?? [], text]);
    return Response.json({ card });
  };

  /** The texts of all cards. */
  get shown(): string[][] {
    return [...this.cards.values()];
  }
}

/** The channels, with one that sends cards in the place of the webhook. */
export function withCards(change: Partial<Channel> = {}): Promise<ChannelRegistry> {
  return withChannel("webhook", ({ combine: _combine, limits: _limits, ...usual }) => ({
    ...usual,
    threads: true,
    request: (config, message, { id }) => cardRequest(config.url, message, id),
    verdict({ status, json }): Verdict | undefined {
      if (status === 410) return retry("the card is gone", { forget: true });
      if (status !== 200) return undefined;
      return delivered("ok", { receipt: { card: (json as { card: string }).card } });
    },
    ...change,
  }));
}

function cardRequest(
  url: string,
  message: Message,
  id: string,
): ChannelRequest | Skipped | ReturnType<typeof refused> {
  const { earlier, status, reason, name, alerts } = message;
  if (!earlier && status === "resolved") return skipped("there is no card to close");
  const text = `${alerts.map(({ labels }) => labels.instance ?? name).join("+")} ${reason}`;
  return { url, json: { card: earlier?.card, text, id, to: message.recipients[0]?.name } };
}

/** A group whose only destination sends cards. */
export const CARDS_YAML = `
groups:
  - owner: default
    level: default
    window: 5m
    destinations: [{ name: cards, channel: webhook, config: { url: "http://cards.test/" } }]`;

/** A relay, and the vendor of cards to which it delivers. */
export interface CardScene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly vendor: CardVendor;
}

/** A relay that delivers to a vendor of cards. `channel`: changes of the channel. */
export async function cardScene(
  { channel, ...options }: Partial<Parameters<typeof testRelay>[0]> & { channel?: Partial<Channel> } = {},
): Promise<CardScene> {
  const vendor = new CardVendor();
  const channels = await withCards(channel);
  const house = await testRelay({ yaml: CARDS_YAML, channels, fetch: vendor.fetch, ...options });
  return { house, vendor, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

/** The alert of an instance. */
export function on(instance: string, labels: Readonly<Record<string, string>> = {}): TestAlert {
  return { labels: { instance, ...labels } };
}

/** The end of that alert. */
export function off(instance: string): TestAlert {
  return { ...on(instance), status: "resolved" };
}
