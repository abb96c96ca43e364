import type { Channel, Member } from "../../relay/channel.ts";
import { PEOPLE } from "./messages.ts";

/** Recipients with every address that a channel reads; one recipient if it is called once per recipient. */
export function peopleFor({ address = [], per }: Channel): Member[] {
  const addresses = [address].flat().map(({ name }) => name);
  const people = PEOPLE.map((member) => ({
    ...Object.fromEntries(addresses.map((name) => [name, `${name}-${member.id}`])),
    ...member,
  }));
  return per === "recipient" ? people.slice(0, 1) : people;
}
