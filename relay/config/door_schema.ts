/**
 * `doors`: addresses that accept any JSON, with its mapping to alerts.
 *
 * @module
 */
import { z } from "zod";
import { DIALECTS } from "../domain/occurrence.ts";
import { doorTypeFields, headerName } from "./door_types.ts";
import { mappingFields, MAX_CHARS } from "./mapping_schema.ts";
import { isTimeZone, sharedSecret, TIMEZONE_HELP } from "./fields.ts";

/** The alerts of a door have its name as their dialect, so it must not be a built-in one, or the address of one. */
const RESERVED: ReadonlySet<string> = new Set([...DIALECTS, "alarm", "relay"]);

const hmac = z.object({
  header: headerName.meta({ title: "Header", description: "The header with the signature" }),
  secret: sharedSecret.meta({ title: "Secret", secret: true }),
  algorithm: z.enum(["sha256", "sha1", "sha512"]).optional().register(z.globalRegistry, {
    title: "Algorithm",
    description: "The algorithm of the HMAC over the body; default sha256",
  }),
  encoding: z.enum(["hex", "base64"]).optional().register(z.globalRegistry, {
    title: "Encoding",
    description: "Default hex; a prefix such as sha256= is allowed",
  }),
}).register(z.globalRegistry, { title: "HMAC", description: "A signature over the body" });

/** One of `doors`. */
const doorSchema = z.object({
  name: z.string().regex(
    /^[a-z0-9][a-z0-9_-]{0,39}$/,
    "must be at most 40 lower-case letters, digits, - and _, beginning with a letter or digit",
  )
    .refine((name) => !RESERVED.has(name), "is the name of a built-in source type: choose another")
    .meta({ title: "Name", description: "The last part of its address: /in/<name>" }),
  ...doorTypeFields,
  auth: z.union([
    z.literal("none"),
    z.object({ token: sharedSecret.meta({ secret: true }) }),
    z.object({ hmac }),
  ])
    .optional().register(z.globalRegistry, {
      title: "Authentication",
      description:
        "A token of its own, a signature, or none; default: the intake token, or the proof that its type asks for",
    }),
  group: z.string().regex(/^[^/]+\/[^/]+$/, 'must be like "owner/level"').optional().register(
    z.globalRegistry,
    { title: "Group", description: "owner/level; by default the rules decide" },
  ),
  timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional().register(z.globalRegistry, {
    title: "Time zone",
    description: "The time zone of times without one; default: the relay's",
  }),
  ...mappingFields,
  answer: z.object({
    status: z.int().min(200).max(299).optional().register(z.globalRegistry, {
      title: "Status",
      description: "Default 200",
    }),
    body: z.union([z.string().max(MAX_CHARS), z.record(z.string(), z.unknown())]).register(z.globalRegistry, {
      title: "Body",
      description: "A text or an object",
    }),
  }).optional().register(z.globalRegistry, {
    title: "Answer",
    description: "The response to the sender when its alerts are accepted",
  }),
}).register(z.globalRegistry, {
  title: "Door",
  description: "An address that accepts any JSON, with its mapping to alerts",
});

/** `doors` */
export const doorsSchema = z.array(doorSchema).max(200, "must be at most 200");
