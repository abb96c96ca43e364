import { BUILT_IN } from "../access/built_in_account.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Account } from "../domain/account.ts";
import type { Member } from "../domain/member.ts";

/** The people who can be found: members, accounts, and people who signed in at the identity provider. */
export interface People {
  readonly members: ReadonlyMap<string, Member>;
  readonly accounts: readonly Pick<Account, "name">[];
}

/** A person's display name, or the reason why no single person was found. */
export type FoundPerson = { readonly name: string } | {
  readonly wrong: "unknown" | "ambiguous";
  /** `; did you mean "li.lei"?` */
  readonly hint: string;
};

/** Finds a person by a member's id, an account or a member's name. */
export function findPerson(text: string, { members, accounts }: People): FoundPerson {
  const member = members.get(text);
  if (member) return { name: nameOf(member) };
  const accountNames = [BUILT_IN, ...accounts.map(({ name }) => name)];
  if (accountNames.includes(text)) return { name: text };
  const named = [...members.values()].filter(({ name }) => name === text);
  if (named.length === 1) return { name: text };
  if (named.length > 1) {
    return { wrong: "ambiguous", hint: `: ${named.slice(0, 5).map(({ id }) => `"${id}"`).join(", ")}` };
  }
  const names = [...members.values()].flatMap(({ id, name }) => name === undefined ? [id] : [id, name]);
  return { wrong: "unknown", hint: didYouMean(text, [...names, ...accountNames]) };
}

/** A member's display name. */
export function nameOf({ id, name }: Member): string {
  return name || id;
}
