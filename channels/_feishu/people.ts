/**
 * Finds the Feishu users of a group's members, by mobile number or mail address.
 *
 * @module
 */
import type { Member } from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";
import { type Conversation, keyOf } from "../_enterprise/conversation.ts";
import type { AppCredentials, FeishuApp } from "./app.ts";

const HOUR = 3_600_000;

/** Our choice: the cache time of a look-up, whether it found a user or not. */
const FOUND = 7 * 24 * HOUR;
const NOT_FOUND = 6 * HOUR;

/** Addresses of each kind in one look-up: https://open.feishu.cn/document/server-docs/contact-v3/user/batch_get_id */
const MOST = 50;

/**
 * The members, with the Feishu ids that were found. Results are cached. `problem`: the reason why the look-up failed;
 * such a failure does not delay the message.
 */
export async function withIds(
  members: readonly Member[],
  { feishu, app, conversation: { tools: { cache, now } } }: {
    feishu: FeishuApp;
    app: AppCredentials;
    conversation: Conversation;
  },
): Promise<{ members: readonly Member[]; problem?: string }> {
  const keyTo = (address: string): string => `user ${keyOf(app.base, app.appId, address)}`;
  const ids = new Map<string, string>(); // address → id; empty: not known
  const addresses = members.flatMap((member) => member.feishu ? [] : addressesOf(member));
  for (const address of addresses) {
    const kept = await cache.get(keyTo(address));
    if (typeof kept === "string") ids.set(address, kept);
  }
  const unknown = addresses.filter((address) => !ids.has(address));
  const emails = unknown.filter((address) => address.includes("@")).slice(0, MOST);
  const mobiles = unknown.filter((address) => !address.includes("@")).slice(0, MOST);
  let problem: string | undefined;
  if (emails.length + mobiles.length > 0) {
    const found = await feishu.idsOf({ emails, mobiles });
    if (found.ok) {
      for (const address of [...emails, ...mobiles]) ids.set(address, idIn(found.json, address));
      for (const address of [...emails, ...mobiles]) {
        const id = ids.get(address)!;
        await cache.set(keyTo(address), id, { until: now + (id === "" ? NOT_FOUND : FOUND) });
      }
    } else problem = `look-up: ${found.verdict.because}`;
  }
  return {
    members: members.map((member) => {
      const id = member.feishu || addressesOf(member).map((address) => ids.get(address)).find(Boolean);
      return id ? { ...member, feishu: id } : member;
    }),
    ...problem === undefined ? {} : { problem },
  };
}

/** The member's addresses for a look-up at Feishu. */
function addressesOf({ mobile, email }: Member): string[] {
  return [mobile, email].filter((address) => address !== undefined && address !== "") as string[];
}

/** The id of the user with this address; empty if there is none. */
function idIn({ data }: Readonly<Record<string, unknown>>, address: string): string {
  const { user_list: list } = fieldsOf(data);
  const user = (Array.isArray(list) ? list : []).map(fieldsOf)
    .find(({ mobile, email }) => mobile === address || email === address);
  return typeof user?.user_id === "string" ? user.user_id : "";
}
