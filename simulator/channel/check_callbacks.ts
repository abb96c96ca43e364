/**
 * Checks that a channel reads its vendor's callbacks, and refuses those that are forged, altered or late.
 *
 * @module
 */
import type {
  CallbackFixture,
  CallbackOutcome,
  CallbackReading,
  CallbackRequest,
} from "../../relay/channel.ts";
import { problemOfReading } from "../../relay/channel/callback_reading.ts";
import { callbackOf, callbackRequest } from "./callbacks.ts";
import { fault, warning } from "./finding.ts";
import { NOW } from "./messages.ts";
import { deepFrozen, type Subject } from "./subject.ts";

/** The values in the calls of the fixtures. */
const GIVEN = {
  code: "a.01KG9EGN000000000000000000_0.8m3k.AAAAAAAAAAAAAAAA",
  fingerprint: "f1-of-an-alert",
  now: NOW,
  id: "evt-1",
};

/** A signature of this age must be refused, unless the vendor does not sign the time. */
const LATE = 24 * 60 * 60_000;

const CURE = {
  read: "return what docs/channels.md says of callback.read",
  verify: "verify the vendor's signature over the raw body before you read it; compare with sameSecret",
  late: "refuse a signature whose time is more than some minutes away from context.now",
  once: "return the vendor's own id of the event as once",
} as const;

/** Check each of the fixtures' calls, and that there are any. */
export async function checkCallbacks(subject: Subject): Promise<void> {
  const { channel, config } = subject;
  if (channel.callback === undefined) return;
  const { callbacks = [] } = channel.fixtures ?? {};
  const isEnabled = await subject.ask("callback.enabled", () => channel.callback!.enabled?.(config) ?? true);
  if (isEnabled === false) {
    subject.add(
      fault("callback.enabled is false for the sample", "add the fields to the sample that it asks for"),
    );
    return;
  }
  if (!callbacks.some(({ reads }) => reads !== "nothing")) {
    subject.add(warning(
      "fixtures.callbacks has no person's action",
      "add what the vendor sends when a person presses a button",
    ));
  }
  for (const [index, fixture] of callbacks.entries()) {
    await checkFixture(subject, fixture, `fixtures.callbacks[${index}] (${fixture.about})`);
  }
  for (const body of ["", "{}", "[]", "null", "payload=%7B", "<xml></xml>", "x".repeat(1_000)]) {
    for (const method of ["POST", "GET"] as const) {
      await expectRefusal(
        subject,
        callbackRequest({ method, body: method === "GET" ? "" : body }),
        {
          about: `callback.read, on a ${method} of ${JSON.stringify(body.slice(0, 20))} without a signature`,
          cure: CURE.verify,
        },
      );
    }
  }
}

async function checkFixture(
  subject: Subject,
  fixture: CallbackFixture<unknown>,
  about: string,
): Promise<void> {
  const { config } = subject;
  const request = await subject.ask(about, () => callbackOf(fixture, config, GIVEN));
  if (request === undefined) return;
  const reading = await read(subject, request, { about });
  if (reading === undefined) return;
  const wrong = wrongIn(reading, fixture);
  if (wrong !== undefined) subject.add(fault(`${about}: ${wrong}`, CURE.read));
  await checkAnswers(subject, reading, about);
  const forged = await subject.ask(about, () => forgeries(subject, fixture, request)) ?? [];
  for (const [how, call] of forged) {
    await expectRefusal(subject, call, { about: `${about}, ${how}`, cure: CURE.verify });
  }
  if (!fixture.unsigned) {
    await expectRefusal(subject, request, {
      about: `${about}, a day later`,
      cure: CURE.late,
      now: NOW + LATE,
    });
  }
  await checkOnce(subject, fixture, reading, about);
}

/** Forged copies of a call: made with other secrets, and altered after it was signed. */
async function forgeries(
  { config, secrets }: Subject,
  fixture: CallbackFixture<unknown>,
  request: CallbackRequest,
): Promise<[how: string, request: CallbackRequest][]> {
  const other = withOtherSecrets(config, secrets);
  const foreign = await callbackOf(fixture, other, GIVEN);
  const forged: [string, CallbackRequest][] = [["made with other secrets", foreign]];
  const altered = altering(request);
  if (!fixture.unsigned && altered) forged.push(["altered on its way", altered]);
  return forged;
}

/** The call with one character changed in its body, or in its query if it has no body. */
function altering(request: CallbackRequest): CallbackRequest | undefined {
  const { body, query, json } = request;
  const at = body.lastIndexOf("A");
  if (body !== "") {
    const changed = at < 0 ? `${body} ` : `${body.slice(0, at)}B${body.slice(at + 1)}`;
    return { ...request, body: changed, json: json === undefined ? undefined : JSON.parse(changed) };
  }
  const [name] = query.keys();
  if (name === undefined) return undefined;
  const other = new URLSearchParams(query);
  other.set(name, `${query.get(name)}B`);
  return { ...request, query: other };
}

function withOtherSecrets(value: unknown, secrets: readonly string[]): unknown {
  // Only the first character changes, so that the secret keeps its length and stays hex or base64.
  if (typeof value === "string") {
    return secrets.includes(value) ? `${value.startsWith("A") ? "B" : "A"}${value.slice(1)}` : value;
  }
  if (Array.isArray(value)) return value.map((one) => withOtherSecrets(one, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withOtherSecrets(inner, secrets)]),
  );
}

async function read(
  subject: Subject,
  request: CallbackRequest,
  { about, now = NOW }: { about: string; now?: number },
): Promise<CallbackReading | undefined> {
  const { channel, config } = subject;
  const reading = await subject.ask(about, () => channel.callback!.read(config, request, { now }));
  if (reading === undefined) return undefined;
  const problem = problemOfReading(reading);
  if (problem === undefined) return reading;
  subject.add(fault(`${about}: ${problem}`, CURE.read));
  return undefined;
}

async function expectRefusal(
  subject: Subject,
  request: CallbackRequest,
  { about, cure, now }: { about: string; cure: string; now?: number },
): Promise<void> {
  const reading = await read(subject, request, { about, ...now === undefined ? {} : { now } });
  if (reading === undefined) return;
  if (!("refused" in reading)) return subject.add(fault(`${about}: it is not refused`, cure));
  const { secrets } = subject;
  if (secrets.some((secret) => reading.refused.includes(secret))) {
    subject.add(
      fault(`${about}: the refusal tells a secret`, "say what is wrong, and quote nothing of the config"),
    );
  }
}

function wrongIn(reading: CallbackReading, { reads, user }: CallbackFixture<unknown>): string | undefined {
  if ("refused" in reading) return `it is refused: ${reading.refused}`;
  if (!("actions" in reading)) return reads === "nothing" ? undefined : "no person's action is read";
  if (reads === "nothing") return "a person's action is read";
  const [action] = reading.actions;
  if (user !== undefined && !reading.user.ids.includes(user)) {
    return `its user is ${JSON.stringify(reading.user.ids)}, not ${user}`;
  }
  if (reads === "code") {
    return action && "code" in action && action.code === GIVEN.code
      ? undefined
      : "the given code is not read";
  }
  if (!action || "code" in action || action.action.kind !== reads) return `no action ${reads} is read`;
  return action.fingerprint === GIVEN.fingerprint ? undefined : "the given fingerprint is not read";
}

const OUTCOMES: readonly CallbackOutcome[] = (["done", "refused", "repeated", "failed", "pending"] as const)
  .map((kind) => ({ kind, text: '李雷 已接手："DiskFull" <b>&\n' }));

async function checkAnswers(subject: Subject, reading: CallbackReading, about: string): Promise<void> {
  if (!("actions" in reading)) return;
  for (const outcome of OUTCOMES.map(deepFrozen)) {
    const answer = await subject.ask(`${about}: answer to ${outcome.kind}`, () => reading.answer(outcome));
    if (answer !== undefined && (typeof answer !== "object" || answer === null)) {
      subject.add(
        fault(`${about}: its answer to ${outcome.kind} is not an object`, "return { json }, { text } or {}"),
      );
    }
  }
}

async function checkOnce(
  subject: Subject,
  fixture: CallbackFixture<unknown>,
  reading: CallbackReading,
  about: string,
): Promise<void> {
  if (!("actions" in reading)) return;
  const other = await callbackOf(fixture, subject.config, { ...GIVEN, id: "evt-2", now: NOW + 1_000 });
  const second = await read(subject, other, { about, now: NOW + 1_000 });
  if (second !== undefined && "actions" in second && second.once === reading.once) {
    subject.add(fault(`${about}: two calls have the same once`, CURE.once));
  }
}
