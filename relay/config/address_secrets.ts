import type { Member } from "../channel.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Destination } from "../domain/group.ts";
import { memberSchemaWith } from "./member_schema.ts";
import { secretsOf } from "./secrets_of.ts";

/** Destinations whose secrets include the secret addresses of their recipients: a vendor's answer may repeat them. */
export function withAddressSecrets(
  destinations: readonly Destination[],
  { members, channels }: { members: readonly Member[]; channels: ChannelRegistry },
): readonly Destination[] {
  const schema = memberSchemaWith(channels);
  const addressesOf = (people: readonly Member[]): string[] =>
    people.flatMap((member) => secretsOf(schema, member));
  const shared = addressesOf(members);
  return destinations.map((destination) => {
    const addresses = [...shared, ...addressesOf(destination.members ?? [])];
    if (addresses.length === 0) return destination;
    return { ...destination, secrets: [...new Set([...destination.secrets, ...addresses])] };
  });
}
