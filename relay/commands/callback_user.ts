import { cut, oneLine } from "../base/text.ts";
import type { CallbackUser } from "../channel.ts";
import type { Member } from "../domain/member.ts";
import type { Person } from "../domain/person.ts";
import type { CallbackTarget } from "./callback_target.ts";

/** Characters of a vendor's names, at most. */
const NAME_CHARS = 60;

/**
 * Maps a vendor's user to a person: to the member who has one of the user's ids as an address of the channel. Any other user
 * keeps the vendor's name, followed by the channel's title: the user can choose that name freely, and it must not pass for a
 * member's.
 */
export function personBehind(
  { ids, name }: CallbackUser,
  { target: { channel, destination }, members }: {
    target: CallbackTarget;
    members: ReadonlyMap<string, Member>;
  },
): Person {
  const known = new Set(ids.map(plain).filter((id) => id !== ""));
  const kinds = [channel.address ?? []].flat().map(({ name }) => name);
  const member = members.values().find((member) =>
    kinds.some((kind) => member[kind] !== undefined && known.has(plain(member[kind])))
  );
  const [id = "?"] = ids;
  const account = ["callback", destination.id, short(id)].join(" ");
  const by = member ? member.name ?? member.id : `${short(name?.trim() || id)} (${channel.title})`;
  return { by, account, via: channel.name };
}

function plain(id: string): string {
  return id.trim().replace(/^@/, "").toLowerCase();
}

function short(text: string): string {
  return cut(oneLine(text), { chars: NAME_CHARS });
}
