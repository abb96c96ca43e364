import type { Form, Limits, MarkdownFlavour, Markup, Size } from "../channel.ts";
import { fillOf } from "../channel/size.ts";
import { printable } from "../base/text.ts";
import { LOOK_ALIKES, type MarkdownSyntax } from "./markdown.ts";
import type { printMarkup, visible } from "./markup_printer.ts";
import { EXACT } from "./stand_ins.ts";
import { withoutTitle } from "./without_title.ts";

/** A vendor's markup and its printer, which is loaded only for channels with a markup of their own. */
export interface MarkupFormat {
  readonly markup: Markup;
  readonly printer: { readonly printMarkup: typeof printMarkup; readonly visible: typeof visible };
}

/** The options of {@linkcode bodyFormat}. */
export interface BodyFormatOptions {
  readonly form: Form;
  readonly limits: Limits;
  /** The vendor's own markup, with the form `markdown`. */
  readonly markupFormat?: MarkupFormat | undefined;
  /** The vendor's markdown, if it differs from the common one. */
  readonly flavour?: MarkdownFlavour | undefined;
  /** Whether the vendor shows the title separately from the body. */
  readonly isTitleApart?: boolean | undefined;
}

/** A body as the vendor gets it. */
export interface Body {
  readonly text: string;
  /** The visible part, if the vendor limits it. */
  readonly visible?: string;
  /** The CommonMark that was printed in the vendor's own markup. */
  readonly commonmark?: string;
}

/** The format of a channel's bodies. */
export interface BodyFormat {
  /** The kind of templates that write it. */
  readonly kind: "text" | "markdown" | "commonmark";
  /** Their path, without the folder. */
  readonly path: "text" | "markdown";
  readonly syntax: MarkdownSyntax;
  /** Escapes a text as a template would. */
  readonly escape: (text: string) => string;
  /** Makes the body from a template's output. */
  readonly finish: (written: string, title: string) => Body;
  /** The share of the limits that a body takes: at most 1 if it fits. */
  readonly fillOf: (body: Body) => number;
  /** Whether there is room only for a few hundred words. */
  readonly isShort: boolean;
}

/** The body's bytes when a channel sets no limit. */
const DEFAULT_BYTES = 100_000;

/** A form with a smaller limit has no room for long addresses. */
const SHORT = 5_000;

/** Selects the format of a channel's bodies. */
export function bodyFormat(options: BodyFormatOptions): BodyFormat {
  const {
    form,
    markupFormat,
    flavour,
    isTitleApart = false,
    limits: { bodyBytes = DEFAULT_BYTES, body = {}, visible },
  } = options;
  const common = { jsonBytes: Math.max(1, bodyBytes - 2) }; // `bodyBytes` counts the quotes, too
  const sizes: readonly Size[] = [common, body];
  const own = (written: string, title: string): string =>
    isTitleApart ? withoutTitle(written, title) : written;
  const shared = {
    fillOf: ({ text, visible: seen = text }: Body): number =>
      Math.max(...sizes.map((size) => fillOf(text, size)), visible === undefined ? 0 : fillOf(seen, visible)),
    isShort: Math.min(...sizes.flatMap((size): number[] => Object.values(size))) < SHORT,
  };
  if (form !== "markdown") {
    return {
      ...shared,
      kind: "text",
      path: "text",
      syntax: LOOK_ALIKES,
      escape: (text) => text,
      finish: (written, title) => ({ text: own(printable(written), title) }),
    };
  }
  if (markupFormat === undefined) {
    return {
      ...shared,
      kind: "markdown",
      path: "markdown",
      syntax: LOOK_ALIKES,
      escape: LOOK_ALIKES.escape,
      finish: (written, title) => {
        const markdown = own(printable(written), title);
        return { text: flavour?.write?.(markdown) || markdown };
      },
    };
  }
  const { markup, printer } = markupFormat;
  const seen = visible && printer.visible(markup);
  return {
    ...shared,
    kind: "commonmark",
    path: "markdown",
    syntax: EXACT,
    escape: EXACT.escape,
    finish: (written, title) => {
      const commonmark = own(written, title);
      const text = printer.printMarkup(commonmark, markup);
      return seen === undefined
        ? { text, commonmark }
        : { text, commonmark, visible: printer.printMarkup(commonmark, seen) };
    },
  };
}
