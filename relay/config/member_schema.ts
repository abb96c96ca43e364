/**
 * The schema of a member in fenghuo.yaml. It depends on the channels: each may bring the address that it needs of a member.
 *
 * @module
 */
import { z } from "zod";
import { broughtAddresses } from "../channel/brought_addresses.ts";
import type { MemberAddress } from "../channel/member_address.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { secret } from "../channel/secret_field.ts";
import { textOrNumber } from "./fields.ts";
import type { Tree } from "./file.ts";
import { channelsIn } from "./items.ts";
import { isTree } from "./raw.ts";
import { memberSchema } from "./schema.ts";

/** The schema of `members` with the channels that are loaded. */
export type MemberSchema = z.ZodType<z.output<typeof memberSchema>>;

/** The schemas by their addresses: a member is not parsed again while its schema is the same object. */
const schemas = new WeakMap<ChannelRegistry, { readonly key: string; readonly schema: MemberSchema }>();

/**
 * The schema of a member, with the addresses that channels bring. While a channel is broken, its addresses are unknown, so a
 * member may have any.
 */
export function memberSchemaWith(channels: ChannelRegistry): MemberSchema {
  const { addresses } = broughtAddresses(channels);
  const own = addresses.filter(({ name }) => !Object.hasOwn(memberSchema.shape, name));
  const isOpen = channels.broken.size > 0;
  const key = JSON.stringify([isOpen, own]);
  const made = schemas.get(channels);
  if (made?.key === key) return made.schema;
  const closed = memberSchema.extend(
    Object.fromEntries(own.map((address) => [address.name, fieldOf(address)])),
  )
    .register(z.globalRegistry, { ...memberSchema.meta() });
  const schema = (isOpen ? closed.catchall(UNKNOWN_ADDRESS) : closed) as unknown as MemberSchema;
  schemas.set(channels, { key, schema });
  return schema;
}

/** An address of a broken channel may be a secret. */
const UNKNOWN_ADDRESS = textOrNumber.meta({ secret: true });

function fieldOf({ title, description, secret: isSecret = false }: MemberAddress): z.ZodType {
  const help = description ? { description } : {};
  return isSecret
    ? secret(title, { optional: true, ...help })
    : textOrNumber.optional().register(z.globalRegistry, { title, ...help });
}

/** Loads the channels that a tree names; all of them if a member has an address of none of these. */
export async function loadChannels(tree: Tree, channels: ChannelRegistry): Promise<void> {
  await channels.load(channelsIn(tree));
  const members = Array.isArray(tree.members) ? tree.members.filter(isTree) : [];
  if (members.length === 0) return;
  const known = new Set([
    ...Object.keys(memberSchema.shape),
    ...broughtAddresses(channels).addresses.map(({ name }) => name),
  ]);
  if (members.some((member) => Object.keys(member).some((name) => !known.has(name)))) await channels.load();
}
