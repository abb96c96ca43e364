import { BUILT_IN } from "../../../relay/access/built_in_account.ts";
import type { Member } from "../../../relay/channel.ts";
import type { Relay } from "../../../relay/relay.ts";

/** At most this many members are offered; the API takes all. */
const OFFERED = 200;

/** A choice of a form. */
export interface Assignee {
  readonly value: string;
  readonly label: string;
}

/** The people to whom incidents may be assigned; the members of the notified groups come first. @throws StoreError */
export async function assigneesFor(groups: readonly string[], { query }: Relay): Promise<Assignee[]> {
  const { config } = query;
  const members = new Map<string, Member>();
  const closest = groups.flatMap((group) => query.groups.get(group)?.members ?? []);
  for (const some of [closest, config.members.values()]) {
    for (const one of some) {
      if (members.size >= OFFERED) break;
      members.set(one.id, one);
    }
  }
  const [known, identities] = await Promise.all([query.accounts(), query.identities()]);
  const accounts = [BUILT_IN, ...[...known, ...identities.slice(0, OFFERED)].map(({ name }) => name)];
  return [
    ...[...members.values()].map(({ id, name }) => ({
      value: id,
      label: name && name !== id ? `${name} (${id})` : id,
    })),
    ...accounts.filter((name) => !config.members.has(name)).map((name) => ({ value: name, label: name })),
  ];
}
