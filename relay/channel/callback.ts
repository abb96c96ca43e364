/**
 * Callbacks: how a vendor tells the relay that a person pressed a button of a message, or acted in the vendor's own program.
 *
 * @module
 */
import type { Action } from "../domain/action.ts";
import type { ChannelRequest } from "./tools.ts";

/** How a channel reads its vendor's callbacks. `C` is its config. */
export interface CallbackDefinition<C> {
  /** Whether a config has what verifies a callback, such as a signing secret. Without it, the destination has no callback. Default: always. */
  readonly enabled?: (config: C) => boolean;
  /** One sentence that says where to paste the destination's callback address; its Chinese is in `words`. */
  readonly help: string;
  /**
   * Verifies a request with the config, and reads it. It decides by its arguments alone, and may be async. A request that it cannot
   * verify is `refused`; it never throws on one, whatever it contains.
   */
  readonly read: (
    config: C,
    request: CallbackRequest,
    context: { readonly now: number },
  ) => CallbackReading | Promise<CallbackReading>;
}

/** A vendor's request to `/callbacks/OWNER/LEVEL/NAME`. */
export interface CallbackRequest {
  /** A GET never acts: a vendor uses it to verify the address. */
  readonly method: "GET" | "POST";
  /** The parameters of the address. */
  readonly query: URLSearchParams;
  /** As they came. */
  readonly headers: Headers;
  /** The raw body, at most 256 KiB; empty for a GET. */
  readonly body: string;
  /** The body parsed as JSON; `undefined` if it is not JSON. */
  readonly json: unknown;
}

/** What a callback is. */
export type CallbackReading =
  /** The vendor did not make it: a sentence for the operator, without its final period and without secrets. */
  | { readonly refused: string }
  /** A handshake, or an event that concerns nobody: the vendor's expected answer. */
  | { readonly answer: CallbackAnswer }
  | CallbackPress;

/** People acted. */
export interface CallbackPress {
  /** What they want, in order. */
  readonly actions: readonly CallbackAction[];
  /** Who acted. */
  readonly user: CallbackUser;
  /**
   * What names this call and no other, such as the vendor's event id: a repeat acts only once. A vendor that retries sends the
   * same again.
   */
  readonly once: string;
  /** The answer that the vendor expects, once the relay knows the outcome. */
  readonly answer: (outcome: CallbackOutcome) => CallbackAnswer;
}

/** What a person wants. */
export type CallbackAction =
  /** A button's data: one of `message.actions.codes`, as the vendor returns it. */
  | { readonly code: string }
  /**
   * In the vendor's own program: the incident by the fingerprint of its alert, as it was sent to the vendor. `at`: when the person
   * acted, in epoch milliseconds. An incident that began later is another one, and stays as it is.
   */
  | { readonly fingerprint: string; readonly action: Action; readonly at?: number };

/** A vendor's user. */
export interface CallbackUser {
  /**
   * All ids and names by which the vendor knows the user. A member with one of them as an address of this channel is the person
   * who acts. Case and a leading `@` do not count.
   */
  readonly ids: readonly string[];
  /** The user's name, for a user who is no member. */
  readonly name?: string | undefined;
}

/** What became of the actions. */
export interface CallbackOutcome {
  /**
   * `done`: something changed · `refused`: nothing did, for instance because it is over, or somebody else has it · `repeated`: this
   * call was handled before · `failed`: the database does not answer, so the same call may be made again · `pending`: it is not
   * decided yet, and the vendor would give up.
   */
  readonly kind: "done" | "refused" | "repeated" | "failed" | "pending";
  /** A sentence for the person who acted, in the group's language. */
  readonly text: string;
}

/** An answer to a vendor, as data. */
export interface CallbackAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Headers, besides the content type that belongs to the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as JSON. */
  readonly json?: unknown;
  /** The body as text. */
  readonly text?: string;
  /** A request that the relay sends after its answer, for a vendor that takes its words only this way. Its result does not matter. */
  readonly then?: ChannelRequest;
}

/** A callback as the vendor makes it: the contract suite forges, alters, repeats and delays it. */
export interface CallbackFixture<C> {
  /** What happened, such as `a button is pressed`. */
  readonly about: string;
  /** Makes the request, signed with the config. */
  readonly request: (config: C, given: CallbackGiven) => CallbackParts | Promise<CallbackParts>;
  /** What `read` must find in it: the given code, an action on the given fingerprint, or no person's action. */
  readonly reads: "code" | Action["kind"] | "nothing";
  /** With a person's action: an id that its user must have. */
  readonly user?: string;
  /** It proves its sender by a secret that it carries, and not by a signature over its body and its time. */
  readonly unsigned?: true;
}

/** The parts of a vendor's request. */
export interface CallbackParts {
  /** Default `POST`. */
  readonly method?: "GET" | "POST";
  /** Parameters of the address. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers, with the content type of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: empty. */
  readonly body?: string;
}

/** What a fixture's request is made for. */
export interface CallbackGiven {
  /** The data of the button that is pressed. */
  readonly code: string;
  /** The fingerprint of the incident. */
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What the vendor calls this event. */
  readonly id: string;
}
