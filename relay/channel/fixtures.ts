/**
 * A vendor's answers and their verdicts. The contract suite grades the channel with them, and
 * `deno task channel fake` serves them on loopback.
 *
 * @module
 */
import type { RefusedKind } from "../domain/verdict.ts";
import type { CallbackFixture } from "./callback.ts";

/** One answer of a vendor. */
export interface VendorAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as JSON, with its content type. */
  readonly json?: unknown;
  /** The body as text. */
  readonly text?: string;
}

/** An answer to the request that brings the message, or to the step at `at`. */
export interface Fixture extends VendorAnswer {
  /** Its meaning, such as `the token was revoked`. */
  readonly about?: string;
  /** The end of a path of `steps`: this step gets the answer. Default: the request that brings the message. */
  readonly at?: string;
}

/** The answers of a vendor. Give the source next to each. `C` is the channel's config. */
export interface Fixtures<C = unknown> {
  /** For a conversation: the answers of the steps before the message, by the end of their path, such as `/gettoken`. */
  readonly steps?: Readonly<Record<string, VendorAnswer>>;
  /** At least one. */
  readonly accepted: readonly (Fixture & {
    /** The receipt that the verdict must have. */
    readonly receipt?: Readonly<Record<string, string>>;
  })[];
  /** Answers of a vendor's rate limit. */
  readonly throttled?: readonly (Fixture & {
    /** Milliseconds to wait, if the answer names a time. */
    readonly waitMs?: number;
  })[];
  /** Answers that refuse, with the refused object. */
  readonly refused?: readonly (Fixture & { readonly what: RefusedKind })[];
  /** Answers after which the same request may succeed later. */
  readonly retried?: readonly Fixture[];
  /** For a channel with a `callback`: the vendor's requests. */
  readonly callbacks?: readonly CallbackFixture<C>[];
}
