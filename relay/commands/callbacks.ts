import type { Clock } from "../base/clock.ts";
import { oneLine } from "../base/text.ts";
import { withTimeout } from "../base/timeout.ts";
import type {
  CallbackAnswer,
  CallbackOutcome,
  CallbackPress,
  CallbackReading,
  CallbackRequest,
  ChannelRequest,
} from "../channel.ts";
import { problemOfReading } from "../channel/callback_reading.ts";
import { ChannelError } from "../channel/channel_error.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Config } from "../config/mod.ts";
import { forbiddenHost } from "../delivery/allowed_hosts.ts";
import { problemOfRequest } from "../delivery/channel_result.ts";
import { thrownBy } from "../delivery/describe_request.ts";
import type { Send } from "../delivery/sender.ts";
import { findDestination, type GroupLookup } from "../domain/group.ts";
import { translator } from "../message/locale.ts";
import { redact } from "../redaction/redact.ts";
import type { Store } from "../store/store.ts";
import type { Act } from "./act_on_alerts.ts";
import type { CallbackTarget } from "./callback_target.ts";
import { decideCallback } from "./decide_callback.ts";

/** The dependencies of {@linkcode Callbacks}. */
export interface CallbackTools {
  readonly store: Store;
  readonly config: Config;
  readonly groups: GroupLookup;
  readonly channels: ChannelRegistry;
  readonly clock: Clock;
  readonly send: Send;
  readonly sendTimeout: number;
  readonly cutOff: AbortSignal;
  readonly act: Act;
}

/** Milliseconds within which a vendor is answered: Slack and Feishu wait three seconds, others longer. */
const ANSWER_WITHIN = 2_500;

/** Milliseconds in which a channel must have read a call. */
const READ_WITHIN = 2_000;

/** Verifies the calls of vendors, and acts for the people who pressed a button. */
export class Callbacks {
  readonly #tools: CallbackTools;

  constructor(tools: CallbackTools) {
    this.#tools = tools;
  }

  /** The destination of this id, if its channel and its config take callbacks. @throws StoreError */
  async find(id: string): Promise<CallbackTarget | undefined> {
    const { groups } = this.#tools;
    const groupId = id.slice(0, id.lastIndexOf("/"));
    if (!groups.get(groupId)) await groups.load(groupId);
    const found = findDestination(id, groups);
    return found && this.#targetOf(found);
  }

  /** Verifies and reads a call, and acts on nothing. @throws ChannelError when the channel's own code fails */
  async read(target: CallbackTarget, request: CallbackRequest): Promise<CallbackReading> {
    const { destination, channel } = target;
    const now = this.#tools.clock.now();
    const reading = await this.#guarded(target, "callback.read", async () => {
      const read = Promise.resolve(channel.callback!.read(destination.config, request, { now }));
      return await withTimeout(read, READ_WITHIN, () => undefined);
    });
    const problem = reading === undefined
      ? `it does not return within ${READ_WITHIN / 1_000} s`
      : problemOfReading(reading);
    if (problem !== undefined) throw this.#fault(target, `callback.read: ${problem}`);
    return reading!;
  }

  /**
   * Acts for the person who pressed, once for each call, and asks the channel for its answer to the vendor.
   *
   * @throws ChannelError when the channel's own code fails
   */
  async act(
    target: CallbackTarget,
    press: CallbackPress,
    request: CallbackRequest,
  ): Promise<CallbackAnswer> {
    const t = translator(target.group.locale);
    const deciding = decideCallback({ target, press }, {
      ...this.#tools,
      siblings: () => this.#siblingsOf(target),
      accepts: async (sibling) => "actions" in await this.read(sibling, request),
    });
    const outcome = await withTimeout(
      deciding,
      ANSWER_WITHIN,
      (): CallbackOutcome => ({ kind: "pending", text: t("callback.pending") }),
    );
    return await this.#guarded(target, "answer of a callback", () => press.answer(outcome));
  }

  /** Sends the request in an answer. */
  async followUp(target: CallbackTarget, request: ChannelRequest): Promise<void> {
    const { destination, channel } = target;
    const problem = problemOfRequest(request) ?? forbiddenHost(request.url, channel, destination.config);
    if (problem !== undefined) return void this.#fault(target, `then of a callback's answer: ${problem}`);
    const { send, sendTimeout, cutOff } = this.#tools;
    const { secrets, network, timeout = sendTimeout } = destination;
    await send(request, { secrets, network, timeout, signal: cutOff });
  }

  #targetOf({ destination, group }: Omit<CallbackTarget, "channel">): CallbackTarget | undefined {
    const channel = this.#tools.channels.get(destination.channel);
    if (!channel?.callback || destination.broken !== undefined) return undefined;
    const isEnabled = channel.callback.enabled?.(destination.config) ?? true;
    return isEnabled ? { destination, group, channel } : undefined;
  }

  /** The other destinations of the same channel: a vendor's app may serve several, and calls one address. */
  #siblingsOf({ destination: own, channel }: CallbackTarget): CallbackTarget[] {
    return [...this.#tools.config.groups.values()].flatMap((group) =>
      group.destinations
        .filter((destination) => destination.channel === channel.name && destination.id !== own.id)
        .flatMap((destination) => this.#targetOf({ destination, group }) ?? [])
    );
  }

  async #guarded<T>(target: CallbackTarget, hook: string, call: () => T | Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#fault(target, thrownBy(hook, error).message);
    }
  }

  #fault({ channel, destination }: CallbackTarget, words: string): ChannelError {
    const shown = oneLine(redact(words, destination.secrets));
    this.#tools.channels.faults.add(channel.name, shown);
    return new ChannelError(shown);
  }
}
