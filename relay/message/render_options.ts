import type { Message } from "../channel.ts";
import type { BodyFormatOptions } from "./body_format.ts";
import type { EntryOptions } from "./entry.ts";
import type { Templates } from "./templates.ts";

/** The options of writing a message. */
export interface RenderOptions extends EntryOptions, BodyFormatOptions {
  /** Whether the links of a message about one subject are buttons. */
  readonly hasButtons?: boolean | undefined;
  /** The vendor whose markup the channel sends unchanged. */
  readonly markup?: string | undefined;
  readonly templates: Templates;
  /** The idempotency key of a message about these deliveries. */
  readonly messageId: (ids: readonly string[]) => string;
  /**
   * Whether the vendor refused the original message: make a short one of the first entry, without markup, labels and
   * links.
   */
  readonly plain?: boolean | undefined;
  /** The number of still firing incidents of the message group outside the message. */
  readonly others?: number | undefined;
}

/** A message, and the number of entries that it covers, from the front. */
export interface Rendered {
  readonly message: Message;
  readonly count: number;
  /** The reason why a template failed: the message was then written without it. */
  readonly problem?: string;
  /** The CommonMark of a body that was printed in a vendor's own markup; a preview prints it as HTML. */
  readonly commonmark?: string | undefined;
  /** For a digest: the number of named incidents, and of all its incidents. */
  readonly digest?: { readonly shown: number; readonly incidents: number };
}
