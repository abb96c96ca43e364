/**
 * Checks that the relay's messages for a channel can be sent, and are within the channel's limits.
 *
 * @module
 */
import { problemOfRequest } from "../../relay/delivery/channel_result.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { requestOf } from "./check_request.ts";
import { type Compose, composer, kindsFor } from "./compose.ts";
import { fault } from "./finding.ts";
import { measureAll } from "./measure.ts";
import { NOW } from "./messages.ts";
import { deepFrozen, type Subject } from "./subject.ts";

/** The longest plausible body of a request, in characters or bytes: vendors accept less. */
const LARGEST = 2_000_000;

let composing: Promise<Compose> | undefined;

/** Check a message of each kind, in both languages. */
export async function checkMessages(subject: Subject): Promise<void> {
  const { channel, config } = subject;
  const compose = await (composing ??= composer());
  for (const kind of kindsFor(channel)) {
    for (const locale of ["zh", "en"] as const) {
      const about = `a message (${kind}, ${locale})`;
      const composed = await subject.ask(
        `form, markdown or limits, for ${about}`,
        () => compose(subject, kind, { locale }),
        { patience: 10_000 }, // the relay's own work, on a busy machine
      );
      if (composed === undefined) continue;
      const { message, problem } = composed;
      if (problem !== undefined) {
        subject.add(
          fault(
            `${about}: ${problem}`,
            "correct the limits, or shorten what request puts around the body: one short alert must fit",
          ),
        );
        continue;
      }
      if (!channel.request) continue;
      const running = `request, for ${about}`;
      const result = await subject.ask(
        running,
        () => channel.request!(config, deepFrozen(message), { now: NOW, id: message.id }),
      );
      const request = requestOf(result, running, subject);
      if (request === undefined || problemOfRequest(request) !== undefined) continue;
      const measured = await subject.ask(running, () => measureAll(composed, request, subject));
      if (measured === undefined) continue;
      const { length = 0 } = encodeRequest(request).body ?? {};
      if (length > LARGEST) {
        subject.add(fault(
          `${about}: its request has ${Math.round(length / 1_000).toLocaleString("en")} kB`,
          "send what a reader reads: the body has a few thousand characters",
        ));
      }
      for (const { limit, used, most } of measured) {
        if (used <= most) continue;
        subject.add(fault(
          `${about}: ${used.toLocaleString("en")} is more than ${limit}, ${most.toLocaleString("en")}`,
          "leave room in the body's limit for what request puts around it",
        ));
      }
    }
  }
}
