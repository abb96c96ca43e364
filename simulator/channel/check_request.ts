/**
 * Checks the requests that a channel describes for hostile messages.
 *
 * @module
 */
import type { ChannelRequest, Message, Verdict } from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import { problemOfRequest } from "../../relay/delivery/channel_result.ts";
import { forbiddenHost } from "../../relay/delivery/allowed_hosts.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { fault, type Finding } from "./finding.ts";
import { hostileMessages, message, NOW } from "./messages.ts";
import { deepFrozen, type Subject } from "./subject.ts";
import { checkVerdict } from "./check_verdict.ts";

/** Check the requests for hostile messages. */
export async function checkRequests(subject: Subject): Promise<void> {
  const { bodyBytes } = limitsOf(subject.channel, subject.config);
  for (const [name, own] of hostileMessages({ bodyBytes, people: subject.people })) {
    const about = `request, for ${name}`;
    const described = await requestFor(subject, about, own);
    if (described !== undefined) subject.add(...faultsOf(described, about, subject));
  }
  if (subject.findings.length === 0) await checkRepeat(subject);
}

/** The request for a message; `undefined` when there is none. */
export async function requestFor(
  subject: Subject,
  about: string,
  own: Partial<Message> = {},
): Promise<ChannelRequest | undefined> {
  const { channel, config } = subject;
  const frozen = deepFrozen(message({ recipients: subject.people, ...own }));
  return requestOf(
    await subject.ask(about, () => channel.request!(config, frozen, { now: NOW, id: frozen.id })),
    about,
    subject,
  );
}

/** The result of `request` if it is a request; a finding otherwise. */
export function requestOf(result: unknown, about: string, subject: Subject): ChannelRequest | undefined {
  if (typeof result === "object" && result !== null && "kind" in result) {
    subject.add(...checkVerdict(result as Verdict, about, subject));
    return undefined;
  }
  if (result === undefined) return undefined;
  if (typeof result === "object" && result !== null) return result as ChannelRequest;
  subject.add(fault(`${about}: it returns ${typeof result}`, "return a request, refused(…) or skipped(…)"));
  return undefined;
}

/** Checks that an idempotency key, and all values that the vendor compares, are the same in every attempt. */
async function checkRepeat(subject: Subject): Promise<void> {
  const about = "request, twice for the same message at the same time";
  const [first, second] = [await requestFor(subject, about), await requestFor(subject, about)];
  if (!first || !second || textOf(first) === textOf(second)) return;
  subject.add(fault(
    `${about}: the two differ`,
    "make ids from message.id and times from now: a repeated attempt must be recognisable",
  ));
}

/** The request as one text. */
export function textOf(request: ChannelRequest): string {
  return JSON.stringify(request, (_key, value) => value instanceof Uint8Array ? value.toHex() : value);
}

/** Checks a request. @returns its faults */
function faultsOf(request: ChannelRequest, about: string, { channel, config, secrets }: Subject): Finding[] {
  const findings = lostParts(request, about);
  const problem = problemOfRequest(request);
  if (problem !== undefined) findings.push(fault(`${about}: ${problem}`, cureOf(problem)));
  if (findings.length > 0) return findings;
  const { url } = request;
  const forbidden = forbiddenHost(url, channel, config);
  if (forbidden !== undefined) {
    findings.push(fault(`${about}: ${forbidden}`, "declare the vendor's host in hosts"));
  }
  const raw = secrets.find((secret) =>
    /[\s/?#%&+=]/.test(secret) && URL.parse(secret) === null && url.includes(secret)
  );
  if (raw !== undefined) {
    findings.push(fault(
      `${about}: a credential stands in the url as it is`,
      "put it through encodeURIComponent: a + or a / in it makes another address",
    ));
  }
  try {
    const { headers, body } = encodeRequest(request);
    if (/json/.test(new Headers(headers).get("content-type") ?? "") && typeof body === "string") {
      JSON.parse(body);
    }
  } catch (error) {
    findings.push(fault(
      `${about}: its body cannot be written: ${error instanceof Error ? error.message : error}`,
      "use json for JSON, and let it hold nothing but texts, numbers, true, false, null, lists and objects",
    ));
  }
  return findings;
}

function cureOf(problem: string): string {
  return problem.includes("header")
    ? "put texts into the body, or encode them: a header takes Latin-1 on one line"
    : "give a whole http address, one method of POST, PUT, PATCH, GET and DELETE, and one body";
}

/** The parts of a request that JSON would silently write as something else. */
function lostParts(part: unknown, about: string, path = "", above: readonly unknown[] = []): Finding[] {
  const lost = (what: string, cure: string): Finding[] => [
    fault(`${about}: ${path.slice(1) || "it"} is ${what}`, cure),
  ];
  if (part instanceof Promise) {
    part.catch(() => {});
    return lost("a promise", "await it before it is put into the request");
  }
  if (part instanceof Map || part instanceof Set) {
    return lost("a Map or a Set", "write an object or a list: JSON writes {}");
  }
  if (part instanceof Uint8Array || part instanceof Date) return [];
  if (typeof part === "function" || typeof part === "symbol" || typeof part === "bigint") {
    return lost(`a ${typeof part}`, "write a text or a number: JSON has nothing else");
  }
  if (typeof part === "number" && !Number.isFinite(part)) {
    return lost(`${part}`, "write a finite number: JSON writes null");
  }
  if (typeof part === "string" && /\[object (Object|Promise)\]/.test(part)) {
    return lost(
      `the text "${/\[object \w+\]/.exec(part)![0]}"`,
      "write the value's own text, and await what is a promise",
    );
  }
  if (typeof part !== "object" || part === null) return [];
  if (above.includes(part)) return lost("a part of itself", "build the request of plain values");
  return Object.entries(part).flatMap(([key, inner]) =>
    lostParts(inner, about, `${path}.${key}`, [...above, part])
  );
}
