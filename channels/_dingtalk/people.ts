/**
 * Finds the DingTalk users of a group's members.
 *
 * @module
 */
import type { Member, Message, Verdict } from "../../relay/channel.ts";
import type { ChatUser, Missing } from "../_enterprise/members.ts";
import { type Conversation, inStep, keyOf } from "../_enterprise/conversation.ts";
import { appKeyOf, type DingTalk, type DingTalkApp } from "./enterprise.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Our choice: the cache time of a mobile number's look-up, whether it found a user or not. */
const FOUND = 7 * DAY;
const NOT_FOUND = 6 * HOUR;

/** Our choice: the time that a cached look-up is used while a new one fails. */
const KEPT = 90 * DAY;

/** Our choice: the number of concurrent look-ups. */
const AT_ONCE = 5;

/**
 * The members with a DingTalk user, by user id or by mobile number. `problem`: the reason why a look-up failed. A
 * member with neither is left to the other destinations of the group.
 */
export async function peopleOf(
  app: DingTalkApp,
  { recipients }: Message,
  { dingtalk, conversation }: { dingtalk: DingTalk; conversation: Conversation },
): Promise<{ people: ChatUser[]; missing: Missing[]; problem: Verdict | undefined }> {
  const known = new Map<string, string>(); // member → user
  const missing: Missing[] = [];
  let problem: Verdict | undefined;
  for (const { id, dingtalk: user } of recipients) if (user) known.set(id, user);

  const unknown = recipients.filter((member) => !member.dingtalk && member.mobile);
  const look = async (member: Member): Promise<void> => {
    const found = await userOf(app, member.mobile!, { dingtalk, conversation });
    if ("user" in found) return void known.set(member.id, found.user);
    const isUnsure = "problem" in found;
    if (isUnsure) problem ??= found.problem;
    missing.push({ member: member.id, because: found.because, isUnsure });
  };
  for (let start = 0; start < unknown.length; start += AT_ONCE) {
    await Promise.all(unknown.slice(start, start + AT_ONCE).map(look));
  }

  const people = recipients.flatMap(({ id }) => known.has(id) ? [{ member: id, user: known.get(id)! }] : []);
  return { people, missing, problem };
}

/**
 * `freshUntil`: the time of the next look-up; an entry of an earlier version has none, and is fresh while it exists.
 */
type FoundUser =
  | { readonly user: string; readonly freshUntil?: number }
  | { readonly because: string }
  | { readonly because: string; readonly problem: Verdict };

/** The user with this mobile number. Results are cached, because each look-up counts against the company's quota. */
async function userOf(
  app: DingTalkApp,
  mobile: string,
  { dingtalk, conversation }: { dingtalk: DingTalk; conversation: Conversation },
): Promise<FoundUser> {
  const { cache, now } = conversation.tools;
  const key = `user ${keyOf(appKeyOf(app), mobile)}`;
  const kept = await cache.get(key) as Exclude<FoundUser, { problem: Verdict }> | undefined;
  if (kept !== undefined && ("because" in kept || (kept.freshUntil ?? Infinity) > now)) return kept;
  const user = await dingtalk.userOf(mobile);
  if (typeof user !== "string" && user.cause !== "people") {
    if (kept !== undefined) return kept;
    const problem = inStep("chat", user.verdict);
    return { because: problem.because, problem };
  }
  const found = typeof user === "string"
    ? { user, freshUntil: now + FOUND }
    : { because: user.verdict.because };
  await cache.set(key, found, { until: now + ("user" in found ? KEPT : NOT_FOUND) });
  return found;
}
