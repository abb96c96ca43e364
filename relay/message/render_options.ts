import type { Message } from "../channel.ts";
import type { BodyFormatOptions } from "./body_format.ts";
import type { EntryOptions } from "./entry.ts";
import type { Templates } from "./templates.ts";

/** The options of writing a message. */
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
  /** The CommonMark of a body that was printed in a vendor's own markup; a preview prints it as HTML. */
  readonly commonmark?: string | undefined;
  /** For a digest: how many incidents it names, and how many it is about. */
  readonly digest?: { readonly shown: number; readonly incidents: number };
}
