/**
 * Checks that a channel follows its options: threads, one message per recipient, addresses, events, limits.
 *
 * @module
 */
import type { ChannelRequest, Limits, Member, Message, Receipt, Size } from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import { requestFor, textOf } from "./check_request.ts";
import { fault, type Finding } from "./finding.ts";
import { everyPart } from "./messages.ts";
import type { Subject } from "./subject.ts";

/** The units that authors most often confuse in a limit or a wait. */
const SECOND = 1_000;

/** Below this, even the shortest alert does not fit. */
const LEAST_BODY = 100;

/** Check the options. */
export async function checkOptions(subject: Subject): Promise<void> {
  subject.add(...limitFaults(limitsOf(subject.channel, subject.config)));
  subject.add(...unitFaults(subject));
  for (const { when } of subject.channel.remedies ?? []) {
    if (when.global || when.sticky) {
      subject.add(fault(`remedies: ${when} remembers where it stopped`, "leave out the flags g and y"));
    }
  }
  if (!subject.channel.request) return;
  await checkThreads(subject);
  await checkRecipients(subject);
  await checkAddresses(subject);
}

function limitFaults({ bodyBytes, body, visible, rates = [] }: Limits): Finding[] {
  const sizes: [string, number | undefined][] = [
    ["limits.bodyBytes", bodyBytes],
    ...sizesOf("limits.body", body),
    ...sizesOf("limits.visible", visible),
  ];
  return [
    ...sizes.flatMap(([name, most]) =>
      most !== undefined && most < LEAST_BODY
        ? [
          fault(
            `${name} is ${most}: no alert fits`,
            "give it in single bytes or characters, not in thousands",
          ),
        ]
        : []
    ),
    ...rates.flatMap(({ per, penalty }, index) =>
      typeof per === "number" && per < SECOND ||
        penalty !== undefined && typeof per === "number" && penalty < per
        ? [fault(
          `limits.rates[${index}] has a period of ${per} ms${
            penalty === undefined ? "" : ` and a penalty of ${penalty} ms`
          }`,
          "give periods in milliseconds, and a penalty that is no shorter than its period",
        )]
        : []
    ),
  ];
}

function sizesOf(name: string, size: Size = {}): [string, number][] {
  return Object.entries(size).map(([unit, most]) => [`${name}.${unit}`, most]);
}

function unitFaults({ channel }: Subject): Finding[] {
  const { timeout } = channel;
  if (typeof timeout !== "number" || timeout >= SECOND) return [];
  return [fault(`timeout is ${timeout} ms`, "give the timeout in milliseconds: 30_000 for half a minute")];
}

async function checkThreads(subject: Subject): Promise<void> {
  const { threads, fixtures } = subject.channel;
  const isOn = typeof threads === "function" ? threads(subject.config) : threads === true;
  const receipt: Receipt | undefined = fixtures?.accepted.find(({ receipt }) => receipt !== undefined)
    ?.receipt;
  if (!isOn) {
    if (receipt !== undefined && threads !== true && typeof threads !== "function") {
      subject.add(fault("its verdict has a receipt that nobody keeps", "set threads: true"));
    }
    return;
  }
  if (receipt === undefined) {
    subject.add(fault(
      "it has threads, and no fixture of accepted has a receipt",
      "return delivered(words, { receipt: { … } }), and say in the fixture which receipt it must be",
    ));
    return;
  }
  const over: Partial<Message> = {
    ...everyPart("over", subject.people),
    status: "resolved",
    reason: "resolved",
  };
  const alone = await requestFor(subject, "request, for a resolved message without an earlier one", over);
  const later = await requestFor(subject, "request, for a resolved message with an earlier one", {
    ...over,
    earlier: receipt,
  });
  if (alone && later && textOf(alone) === textOf(later)) {
    subject.add(fault(
      "it has threads, and ignores message.earlier",
      "reply to the earlier message or edit it, or leave threads out",
    ));
  }
}

async function checkRecipients(subject: Subject): Promise<void> {
  if (subject.channel.per !== "recipient") return;
  const names = addressNames(subject);
  const members = ["a", "b"].map((id): Member => ({
    id,
    ...Object.fromEntries(names.map((name) => [name, `${id}-${name}`])),
  }));
  const requests: (ChannelRequest | undefined)[] = [];
  for (const member of members) {
    requests.push(
      await requestFor(subject, `request, for the member ${member.id}`, {
        ...everyPart("x"),
        recipients: [member],
      }),
    );
  }
  const [first, second] = requests;
  if (first && second && textOf(first) === textOf(second)) {
    subject.add(fault(
      "it is asked once per recipient, and its request is the same for everybody",
      "send to message.recipients[0], or leave per out",
    ));
  }
}

/** The fields of members in every relay. */
const BUILT_IN = ["id", "name", "email", "mobile", "dingtalk", "wecom"];

function addressNames({ channel: { address = [] } }: Subject): string[] {
  return [...new Set(["email", "mobile", ...[address].flat().map(({ name }) => name)])];
}

/** Each address that a channel reads must be a field that a person can fill in. */
async function checkAddresses(subject: Subject): Promise<void> {
  const { address = [] } = subject.channel;
  const declared = [address].flat().map(({ name }) => name);
  const read = new Set<string>();
  const recipients = subject.people.map((member) =>
    new Proxy(member, {
      get(person, key): unknown {
        if (typeof key === "string") read.add(key);
        return Reflect.get(person, key);
      },
    })
  );
  await requestFor(subject, "request, for members", { ...everyPart("x"), recipients });
  for (const name of read) {
    if (BUILT_IN.includes(name) || declared.includes(name) || name === "toJSON") continue;
    subject.add(fault(
      `it reads ${name} of a member, which no form asks for`,
      `declare it: address: { name: "${name}", title: "…" }`,
    ));
  }
}
