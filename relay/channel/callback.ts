/**
 * Callbacks: a vendor reports that a person pressed a button of a message, or acted in the vendor's own program.
 *
 * @module
 */
import type { Action } from "../domain/action.ts";
import type { ChannelRequest } from "./tools.ts";

/** The reader of a vendor's callbacks. `C` is the channel's config. */
export interface CallbackDefinition<C> {
  /** Whether the config can verify a callback, for example by a signing secret. If not, the destination accepts none. Default: always. */
  readonly enabled?: (config: C) => boolean;
  /** One sentence with the place for the destination's callback address; its Chinese is in `words`. */
  readonly help: string;
  /**
   * Verifies a request with the config, and reads it. Its result depends only on its arguments, and it may be async.
   * A request that it cannot verify is `refused`; it never throws on one, whatever it contains.
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
  /** The headers as received. */
  readonly headers: Headers;
  /** The raw body, at most 256 KiB; empty for a GET. */
  readonly body: string;
  /** The body parsed as JSON; `undefined` if it is not JSON. */
  readonly json: unknown;
}

/** The result of reading a callback. */
export type CallbackReading =
  /** The request could not be verified. A sentence for the operator, without its final period and without secrets. */
  | { readonly refused: string }
  /** A handshake, or an event without a person's action: the answer that the vendor expects. */
  | { readonly answer: CallbackAnswer }
  | CallbackPress;

/** A person acted. */
export interface CallbackPress {
  /** The person's actions, in order. */
  readonly actions: readonly CallbackAction[];
  /** The vendor's user who acted. */
  readonly user: CallbackUser;
  /**
   * Identifies the event, for example the vendor's event id: several calls with the same one act once. It must be the same when
   * the vendor retries.
   */
  readonly once: string;
  /** The answer that the vendor expects, once the relay knows the outcome. */
  readonly answer: (outcome: CallbackOutcome) => CallbackAnswer;
}

/** An action of a person. */
export type CallbackAction =
  /** A button's data: one of `message.actions.codes`, as the vendor returns it. */
  | { readonly code: string }
  /**
   * An action in the vendor's own program. `fingerprint`: that of the incident's alert, as it was sent to the vendor. `at`: when the
   * person acted, in epoch milliseconds; an incident that began later is not changed.
   */
  | { readonly fingerprint: string; readonly action: Action; readonly at?: number };

/** A vendor's user. */
export interface CallbackUser {
  /**
   * All ids and names of the user at the vendor. They are compared with the members' addresses of this channel; case and a
   * leading `@` are ignored.
   */
  readonly ids: readonly string[];
  /** The user's name at the vendor, shown if no member is found. */
  readonly name?: string | undefined;
}

/** The result of the actions. */
export interface CallbackOutcome {
  /**
   * `done`: something changed · `refused`: nothing changed, for example because the incident is over or another
   * person holds it · `repeated`: this event was handled before · `failed`: the database does not answer, so the
   * vendor may retry · `pending`: the result is not known before the vendor's timeout.
   */
  readonly kind: "done" | "refused" | "repeated" | "failed" | "pending";
  /** A sentence for the person who acted, in the group's language. */
  readonly text: string;
}

/** An answer to a vendor, as data. */
export interface CallbackAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Headers, in addition to the content type that belongs to the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as JSON. */
  readonly json?: unknown;
  /** The body as text. */
  readonly text?: string;
  /** A request that the relay sends after its answer, for a vendor that accepts a reply only this way. Its result is ignored. */
  readonly then?: ChannelRequest;
}

/** A callback as the vendor makes it: the contract suite forges, alters, repeats and delays it. */
export interface CallbackFixture<C> {
  /** The event, such as `a button is pressed`. */
  readonly about: string;
  /** Makes the request, signed with the config. */
  readonly request: (config: C, given: CallbackGiven) => CallbackParts | Promise<CallbackParts>;
  /** The expected reading: the given code, an action on the given fingerprint, or no person's action. */
  readonly reads: "code" | Action["kind"] | "nothing";
  /** The id of the acting user, if a person acted. */
  readonly user?: string;
  /** The call is authenticated by a secret that it contains, not by a signature over its body and its time. */
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

/** The values in a fixture's request. */
export interface CallbackGiven {
  /** The data of the button that is pressed. */
  readonly code: string;
  /** The fingerprint of the incident. */
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The vendor's id of the event. */
  readonly id: string;
}
