import type { Access } from "../access/access.ts";
import type { Clock } from "../base/clock.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { AdhocGroups } from "../config/adhoc.ts";
import type { Config, ConfigEditor } from "../config/mod.ts";
import type { Courier } from "../delivery/courier.ts";
import type { Send } from "../delivery/sender.ts";
import type { TrialResult } from "../delivery/trial.ts";
import type { Note } from "../domain/acknowledge.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { Incident } from "../domain/incident.ts";
import type { SignatureUse } from "../domain/signature.ts";
import type { Events } from "../events.ts";
import type { SenderRefusals } from "../intake/sender_refusals.ts";
import type { Writer } from "../intake/writer.ts";
import type { Renderer } from "../message/renderer.ts";
import type { Store } from "../store/store.ts";
import { acknowledge } from "./acknowledge.ts";
import { DeadLetterCommands } from "./dead_letters.ts";
import { Silencing } from "./silencing.ts";
import type { DestinationTest } from "./test_destination.ts";

/** What commands work with. */
export interface CommandTools {
  readonly store: Store;
  readonly writer: Writer;
  readonly config: Config;
  readonly configuration: ConfigEditor;
  readonly groups: GroupLookup;
  readonly access: Access;
  readonly refusals: SenderRefusals;
  readonly targets: AdhocGroups;
  readonly channels: ChannelRegistry;
  readonly renderer: Renderer;
  readonly send: Send;
  readonly sendTimeout: number;
  /** Aborted when the relay cannot wait any longer. */
  readonly cutOff: AbortSignal;
  readonly clock: Clock;
  readonly events: Events;
  /** Wakes a lane that got work, and all when what waits in them may have another way to go. */
  readonly courier: Pick<Courier, "wake" | "reconsider">;
}

/** All that people and senders change beside sending alerts. Each command tells subscribers what it changed. */
export class Commands {
  /** Signing in, accounts and API tokens. Proving who somebody is notes the use of a token. */
  readonly access: Access;
  /** Where the configuration is changed. */
  readonly configuration: ConfigEditor;
  readonly silences: Silencing;
  readonly deadLetters: DeadLetterCommands;
  /** Requests that the doors refuse. */
  readonly refusals: Pick<SenderRefusals, "note" | "accepted" | "hasOpen">;
  readonly #tools: CommandTools;

  constructor(tools: CommandTools) {
    const { access, configuration, refusals } = tools;
    this.access = access;
    this.configuration = configuration;
    this.refusals = refusals;
    this.silences = new Silencing(tools);
    this.deadLetters = new DeadLetterCommands(tools);
    this.#tools = tools;
  }

  /** Note what a person says of an incident. @returns it as it is now, if there is one of this id. @throws StoreError */
  async acknowledge(id: string, note: Note): Promise<Incident | undefined> {
    const { store: { incidents }, writer, events } = this.#tools;
    const incident = await acknowledge({ incidents, writer }, id, note);
    events.tell("incident");
    return incident;
  }

  /** Send a test message now, past the queue. The destination need not be saved; the audit names `by`. @throws StoreError */
  async testDestination(test: DestinationTest): Promise<TrialResult> {
    const { config, courier, events } = this.#tools;
    const { testDestination } = await import("./test_destination.ts");
    const proven = (): void => {
      courier.reconsider();
      events.tell("lane");
    };
    return await testDestination(test, { ...this.#tools, groups: config.groups, proven });
  }

  /**
   * Claim the signature of a signed call, to be stored with its alerts.
   *
   * @returns `undefined` when it was used with other parameters within a day. @throws StoreError
   */
  async claimSignature(
    signature: string,
    parameters: string,
    now: number,
  ): Promise<SignatureUse | undefined> {
    return await this.#tools.store.signatures.claim(signature, parameters, now);
  }

  /** The group of a target that an address names, stored if it is new. @throws StoreError */
  ensureTarget(...target: Parameters<AdhocGroups["ensure"]>): ReturnType<AdhocGroups["ensure"]> {
    return this.#tools.targets.ensure(...target);
  }

  /** Remove a target that addresses named. @returns `false` when there is none. @throws StoreError */
  async removeTarget(id: string, by: string): Promise<boolean> {
    const removed = await this.#tools.targets.remove(id, by);
    if (removed) this.#tools.events.tell("config");
    return removed;
  }

  /** Note that somebody takes the configuration's secrets out of the house, before they leave. @throws StoreError */
  async noteExport({ by }: { by: string }): Promise<void> {
    await this.#tools.store.audit.note({ by, action: "exported with secrets", what: "config" });
  }
}
