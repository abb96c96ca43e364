import type { Access } from "../access/access.ts";
import { WallAccess } from "../access/wall_access.ts";
import type { Clock } from "../base/clock.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { AdhocGroups } from "../config/adhoc.ts";
import type { Config, ConfigEditor } from "../config/mod.ts";
import type { SecondLook } from "../config/second_look.ts";
import type { Courier } from "../delivery/courier.ts";
import { createGetText, type GetText } from "../delivery/get_text.ts";
import type { Send } from "../delivery/sender.ts";
import type { TrialResult } from "../delivery/trial.ts";
import type { Action, ActOptions, ActResult } from "../domain/action.ts";
import type { LinkedAct } from "../domain/action_link.ts";
import type { CalledHeartbeat } from "../domain/called_heartbeat.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { SignatureUse } from "../domain/signature.ts";
import type { Events } from "../events.ts";
import type { SenderRefusals } from "../intake/sender_refusals.ts";
import type { Writer } from "../intake/writer.ts";
import type { LinkedResult } from "../message/act_sentence.ts";
import type { Renderer } from "../message/renderer.ts";
import type { ClaimedCall } from "../store/callback_claims.ts";
import type { Store } from "../store/store.ts";
import type { ActingPerson } from "./act_on_alerts.ts";
import type { Callbacks } from "./callbacks.ts";
import { DeadLetterCommands } from "./dead_letters.ts";
import { Overriding } from "./overriding.ts";
import { Silencing } from "./silencing.ts";
import type { DestinationTest } from "./test_destination.ts";

/** The dependencies of {@linkcode Commands}. */
export interface CommandTools {
  readonly store: Store;
  readonly writer: Writer;
  readonly config: Config;
  readonly configuration: ConfigEditor;
  readonly secondLook: SecondLook;
  readonly groups: GroupLookup;
  readonly access: Access;
  readonly refusals: SenderRefusals;
  readonly targets: AdhocGroups;
  readonly drill: () => Promise<{ start(by: string, now: number): Promise<boolean> }>;
  readonly heartbeats: { call(name: string, now: number): Promise<CalledHeartbeat | undefined> };
  readonly channels: ChannelRegistry;
  readonly renderer: Renderer;
  readonly send: Send;
  readonly sendTimeout: number;
  /** Aborted when the relay stops. */
  readonly cutOff: AbortSignal;
  readonly clock: Clock;
  readonly events: Events;
  /** Wakes a lane that has new work; without a lane, all: their deliveries may have a new destination. */
  readonly courier: Pick<Courier, "wake" | "reconsider">;
}

/** The commands of people and senders, except sending alerts. Each command notifies subscribers of its change. */
export class Commands {
  /** Logins, accounts and API tokens. Authentication records the use of a token. */
  readonly access: Access;
  /** Links to the wall. */
  readonly walls: WallAccess;
  /** Changes the configuration. */
  readonly configuration: ConfigEditor;
  readonly silences: Silencing;
  /** Creates and ends overrides of on-call schedules. */
  readonly overrides: Overriding;
  /** Gets a text, such as a certificate, from an address that a sender names. */
  readonly getText: GetText;
  readonly deadLetters: DeadLetterCommands;
  /** Records the requests that the intake refuses. */
  readonly refusals: Pick<SenderRefusals, "note" | "accepted" | "hasOpen">;
  readonly #tools: CommandTools;
  #callbacks: Callbacks | undefined;

  constructor(tools: CommandTools) {
    const { access, configuration, refusals } = tools;
    this.access = access;
    this.walls = new WallAccess(tools.store);
    this.configuration = configuration;
    this.refusals = refusals;
    this.silences = new Silencing(tools);
    this.overrides = new Overriding(tools);
    this.getText = createGetText({ send: tools.send, signal: tools.cutOff });
    this.deadLetters = new DeadLetterCommands(tools);
    this.#tools = tools;
  }

  /**
   * Acts on an incident for a person: acknowledges, takes, assigns, snoozes, closes, reopens it, or adds a note.
   *
   * @returns the incident after it, with the reason if it is unchanged; `undefined` if there is none with this id.
   * @throws StoreError
   */
  async act(id: string, action: Action, options: ActOptions): Promise<ActResult | undefined> {
    const { courier, events } = this.#tools;
    const { act } = await import("./act.ts");
    const tools = { ...this.#tools, wake: (lane: string) => courier.wake(lane) };
    const result = await act(tools, id, { action, options });
    if (result && !result.refused) events.tell("incident");
    return result;
  }

  /** Acts on the incidents of alerts for a person, as a link or a button of their message says. @throws StoreError */
  async actOnAlerts(
    linked: { act: LinkedAct; alerts: readonly string[] },
    person: ActingPerson,
  ): Promise<LinkedResult[]> {
    const { actOnAlerts } = await import("./act_on_alerts.ts");
    return await actOnAlerts(linked, person, { ...this.#tools, act: this.act.bind(this) });
  }

  /** The callbacks of vendors. */
  async callbacks(): Promise<Callbacks> {
    const { Callbacks } = await import("./callbacks.ts");
    return this.#callbacks ??= new Callbacks({ ...this.#tools, act: this.act.bind(this) });
  }

  /** Sends a test message now, bypassing the queue. The destination need not be saved; the audit names `by`. @throws StoreError */
  async testDestination(test: DestinationTest): Promise<TrialResult> {
    const { config, courier, events } = this.#tools;
    const { testDestination } = await import("./test_destination.ts");
    const proven = (): void => {
      courier.reconsider();
      events.tell("lane");
    };
    return await testDestination(test, { ...this.#tools, groups: config.groups, proven });
  }

  /** Begins a fire drill through every destination. @returns `false` when one is under way. @throws StoreError */
  async startDrill(by: string): Promise<boolean> {
    const { clock, drill, events, store } = this.#tools;
    const started = await (await drill()).start(by, clock.now());
    if (!started) return false;
    await store.audit.note({ by, action: "tested", what: "drill" });
    events.tell("lane");
    return true;
  }

  /** Records a call of a configured heartbeat. @returns the heartbeat's configuration; `undefined` if the name is unknown. @throws StoreError */
  async callHeartbeat(name: string, now: number): Promise<CalledHeartbeat | undefined> {
    return await this.#tools.heartbeats.call(name, now);
  }

  /**
   * Claims the signature of a signed call, to be stored with its alerts.
   *
   * @returns `undefined` if it was used with other parameters within a day. @throws StoreError
   */
  async claimSignature(
    signature: string,
    parameters: string,
    now: number,
  ): Promise<SignatureUse | undefined> {
    return await this.#tools.store.signatures.claim(signature, parameters, now);
  }

  /**
   * Claims a message of a sender that signs an id with it, so that a replay changes nothing. `id`: unique at the door.
   *
   * @returns `done` when it was accepted before, `busy` while another request accepts it
   * @throws StoreError
   */
  async claimMessage(door: string, id: string, now: number): Promise<ClaimedCall | "done" | "busy"> {
    return await this.#tools.store.callbacks.claim(`door ${door}`, id, now);
  }

  /** Reads other instances' changes, because a name is unknown here. @returns whether to look up the name again */
  async lookAgainFor(name: string): Promise<boolean> {
    return await this.#tools.secondLook.for(name);
  }

  /** The group of a target that a request's address names, stored if it is new. @throws StoreError */
  ensureTarget(...target: Parameters<AdhocGroups["ensure"]>): ReturnType<AdhocGroups["ensure"]> {
    return this.#tools.targets.ensure(...target);
  }

  /** Removes a target that request addresses named. @returns `false` if there is none. @throws StoreError */
  async removeTarget(id: string, by: string): Promise<boolean> {
    const removed = await this.#tools.targets.remove(id, by);
    if (removed) this.#tools.events.tell("config");
    return removed;
  }

  /** Records in the audit log that a person exports the configuration's secrets, before they are sent. @throws StoreError */
  async noteExport({ by }: { by: string }): Promise<void> {
    await this.#tools.store.audit.note({ by, action: "exported with secrets", what: "config" });
  }
}
