import type { Message } from "../channel.ts";
import type { BodyFormatOptions } from "./body_format.ts";
import type { EntryOptions } from "./entry.ts";
import type { Templates } from "./templates.ts";

/** What a message is written with, besides its entries. */
export interface RenderOptions extends EntryOptions, BodyFormatOptions {
  /** The links of a message about one subject are buttons. */
  readonly hasButtons?: boolean | undefined;
  /** The vendor whose markup the channel sends unchanged. */
  readonly markup?: string | undefined;
  readonly templates: Templates;
  /** The idempotency key of a message about these deliveries. */
  readonly messageId: (ids: readonly string[]) => string;
  /** The vendor refused the message as it was: make a short one of the first entry, without markup, labels and links. */
  readonly plain?: boolean | undefined;
}

/** A message, and how many of the entries, from the front, it covers. */
export interface Rendered {
  readonly message: Message;
  readonly count: number;
  /** Why a template failed: the message was then written without it. */
  readonly problem?: string;
  /** What the body was printed of, in a vendor's own markup: for a preview, by {@linkcode printMarkup}. */
  readonly commonmark?: string | undefined;
  /** For a digest: how many incidents it names, of how many. */
  readonly digest?: { readonly shown: number; readonly incidents: number };
}
