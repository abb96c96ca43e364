/**
 * The field of a channel's config that holds the address of the vendor's server.
 *
 * @module
 */
import { z } from "zod";

/** Options of {@linkcode server}. */
export interface ServerOptions {
  /** Default: `Server`, which the relay can translate. */
  readonly title?: string;
  /** One sentence of help, such as `What stands before /send.`, which the relay can translate for every path. */
  readonly description?: string;
}

/**
 * Makes a config field for the http or https address of a server, to which the channel appends the vendor's path. The
 * parsed value does not end with a slash: `` `${base}/send` `` is always right.
 */
export function server(options: ServerOptions & { default: string }): z.ZodDefault<z.ZodURL>;
/** An optional address. */
export function server(options: ServerOptions & { optional: true }): z.ZodOptional<z.ZodURL>;
/** A required address. */
export function server(options?: ServerOptions): z.ZodURL;
export function server(
  { title = "Server", optional, default: standard, ...help }: ServerOptions & {
    default?: string;
    optional?: boolean;
  } = {},
): z.ZodURL | z.ZodDefault<z.ZodURL> | z.ZodOptional<z.ZodURL> {
  const meta = { title, ...help };
  const schema = z.url({ protocol: /^https?$/ }).overwrite(withoutSlash).meta(meta);
  if (standard !== undefined) return schema.default(withoutSlash(standard)).meta(meta);
  return optional ? schema.optional().meta(meta) : schema;
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}
