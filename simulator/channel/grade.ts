/**
 * Grades a channel: the relay's examination at a start, then the channel's functions with hostile messages, answers of any kind,
 * and its own fixtures.
 *
 * @module
 */
import type { Channel } from "../../relay/channel.ts";
import { examine } from "../../relay/channel/examine.ts";
import { checkCallbacks } from "./check_callbacks.ts";
import { checkFixtures } from "./check_fixtures.ts";
import { checkMarkup } from "./check_markup.ts";
import { checkMessages } from "./check_messages.ts";
import { checkOptions } from "./check_options.ts";
import { checkRequests } from "./check_request.ts";
import { checkSends } from "./check_send.ts";
import { checkTarget } from "./check_target.ts";
import { checkVerdicts } from "./check_verdict.ts";
import { distinct, type Finding } from "./finding.ts";
import { Subject } from "./subject.ts";
import { trapped } from "./traps.ts";

/**
 * The findings about a channel, the faults first. Nothing is sent: `fetch` is trapped.
 *
 * @param note Gets the name of each call before it is made
 */
export async function grade(channel: Channel, note?: (running: string) => void): Promise<Finding[]> {
  const examined = examine(channel);
  if (examined.some(({ level }) => level === "fault")) return examined; // its functions cannot be asked
  const found = await trapped(async () => {
    const subject = new Subject(channel, note);
    if (channel.request) await checkRequests(subject);
    else await checkSends(subject);
    await checkMessages(subject);
    await checkVerdicts(subject);
    await checkFixtures(subject);
    await checkCallbacks(subject);
    await checkOptions(subject);
    await checkMarkup(subject);
    await checkTarget(subject);
    return subject.findings;
  });
  return [...examined, ...distinct(found)].sort((a, b) => RANK[a.level] - RANK[b.level]);
}

const RANK = { fault: 0, warning: 1 } as const;
