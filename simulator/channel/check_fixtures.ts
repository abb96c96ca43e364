/**
 * Checks that a channel's verdicts on its vendor's answers are those of its fixtures.
 *
 * @module
 */
import type { Fixture, Fixtures, Verdict } from "../../relay/channel.ts";
import { type Attempt, attempt, memoryCache, type Respond } from "./attempt.ts";
import { fault, warning } from "./finding.ts";
import { vendorOf } from "./fixture_vendor.ts";
import { message } from "./messages.ts";
import type { Subject } from "./subject.ts";

/** Check each fixture, and that there are any. */
export async function checkFixtures(subject: Subject): Promise<void> {
  const { channel, secrets } = subject;
  const { fixtures } = channel;
  if (fixtures === undefined) return await checkWithout(subject);
  const { accepted, throttled = [], refused = [], retried = [] } = fixtures;
  if (accepted.length === 0) {
    subject.add(fault("fixtures.accepted is empty", "add the vendor's answer to a message that it takes"));
    return;
  }
  if (refused.length === 0) {
    subject.add(warning(
      "fixtures have no refusal",
      'add the vendor\'s answer to a wrong token to refused, with what: "config"',
    ));
  }
  const expect = async (
    fixture: Fixture,
    place: string,
    isRight: (verdict: Verdict) => string | undefined,
  ): Promise<void> => {
    const about = `fixtures.${place}${fixture.about === undefined ? "" : ` (${fixture.about})`}`;
    const tried = await tryFixture(subject, about, vendorOf(fixtures, fixture));
    if (tried === undefined) return;
    const wrong = isRight(tried.verdict);
    if (wrong === undefined) return;
    const { kind, because } = tried.verdict;
    subject.add(fault(`${about}: the verdict is ${kind} "${because}", not ${wrong}`, CURE));
  };
  for (const [index, fixture] of accepted.entries()) {
    await expect(fixture, `accepted[${index}]`, (verdict) => {
      if (verdict.kind !== "delivered") return "delivered";
      const { receipt } = fixture;
      return receipt === undefined || sameTexts(receipt, verdict.receipt ?? {})
        ? undefined
        : `delivered with the receipt ${JSON.stringify(receipt)}`;
    });
  }
  for (const [index, fixture] of throttled.entries()) {
    await expect(fixture, `throttled[${index}]`, (verdict) => {
      if (verdict.kind !== "throttled") return "throttled";
      const { waitMs } = fixture;
      return waitMs === undefined || verdict.waitMs === waitMs ? undefined : `throttled for ${waitMs} ms`;
    });
  }
  for (const [index, fixture] of refused.entries()) {
    await expect(
      fixture,
      `refused[${index}]`,
      (verdict) =>
        verdict.kind === "refused" && verdict.what === fixture.what
          ? undefined
          : `refused("${fixture.what}")`,
    );
  }
  for (const [index, fixture] of retried.entries()) {
    await expect(fixture, `retried[${index}]`, (verdict) => verdict.kind === "retry" ? undefined : "retry");
  }
  await checkPage(subject, fixtures);
  if (secrets.length === 0 && refused.some(({ what }) => what === "config") && channel.request) {
    subject.add(
      warning(
        "it has no secret, and the vendor refuses some config",
        "mark the credential with secret(title)",
      ),
    );
  }
}

const CURE = "correct verdict or success, or the fixture, by what the vendor's page says";

async function tryFixture(subject: Subject, about: string, respond: Respond): Promise<Attempt | undefined> {
  const cache = memoryCache();
  const tried = await subject.ask(
    about,
    () => attempt(subject, message({ recipients: subject.people }), respond, { cache }),
  );
  if (tried === undefined) return undefined;
  if (tried.open > 0) {
    subject.add(fault(
      `send, ${about}: it returns while a request has no answer yet`,
      "await tools.fetch(…): the verdict is what the vendor answers",
    ));
  }
  const telling = cache.keys().find((key) => subject.secrets.some((secret) => key.includes(secret)));
  if (telling !== undefined) {
    subject.add(fault(
      `send, ${about}: a key of the cache is a secret`,
      "name the account in the key by something public: keys are readable",
    ));
  }
  return tried;
}

const PAGE_DELIVERED = fault(
  "a login page with HTTP 200 counts as delivered",
  "say in success or verdict what the vendor's yes looks like, or set honestStatus where its status tells the truth",
);

/** A gateway or a login in front of a vendor answers with a page, and with HTTP 200. */
async function checkPage(subject: Subject, fixtures: Fixtures): Promise<void> {
  if (subject.channel.honestStatus) return;
  const page: Fixture = {
    about: "a login page",
    headers: { "content-type": "text/html" },
    text: "<!DOCTYPE html><title>Sign in</title>",
  };
  const tried = await tryFixture(subject, "a login page with HTTP 200", vendorOf(fixtures, page));
  if (tried?.verdict.kind !== "delivered") return;
  if (tried.requests.length === 0) return; // it sends nothing over HTTP
  subject.add(PAGE_DELIVERED);
}

async function checkWithout(subject: Subject): Promise<void> {
  const { channel } = subject;
  const tried = await subject.ask(
    "an attempt at a silent vendor",
    () =>
      attempt(subject, message({ recipients: subject.people }), () => {
        throw new Error("connection refused");
      }),
  );
  if (tried !== undefined && tried.requests.length === 0 && channel.send) return; // no vendor that speaks HTTP
  subject.add(warning(
    "it has no fixtures",
    "add fixtures: { accepted, throttled, refused } with the answers that the vendor's page shows",
  ));
  if (channel.request && !channel.verdict && !channel.success && !channel.honestStatus) {
    subject.add(PAGE_DELIVERED);
  }
}

function sameTexts(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const sorted = (texts: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(texts).sort());
  return sorted(a) === sorted(b);
}
