/**
 * The source of a failure: a reader's mailbox, or the account. Alerts go in at the door, and a real mail server
 * accepts some of them.
 */
import { deepStrictEqual as equal, fail, match, ok } from "node:assert/strict";
import type { Delivery } from "../../relay/domain/record.ts";
import { digestsOf, type LaneState } from "../../relay/store/lane_record.ts";
import { api } from "../kit/api.ts";
import { type TestAlert, type TestRelay, testRelay } from "../kit/relay.ts";
import { Visitor } from "../kit/console.ts";
import { seenIn, type Smtp, type SmtpBehaviour, startSmtp } from "../kit/smtp.ts";
import { HOUR, MINUTE } from "../../relay/base/duration.ts";

const LI = "li.lei@example.com";
const HAN = "han.mei@example.com";
const WANG = "wang.wu@example.com";

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly smtp: Smtp;
}

/** A relay whose groups `default` (Li Lei, Han Mei) and `ops` (Wang Wu) share a mail account. */
async function scene(
  { more = "", ...behaviour }: SmtpBehaviour & { more?: string } = {},
): Promise<Scene> {
  const smtp = await startSmtp(behaviour);
  const house = await testRelay({
    sendTimeout: 5_000,
    yaml: `
members:
  - { id: li.lei, email: ${LI} }
  - { id: han.mei, email: ${HAN} }
  - { id: wang.wu, email: ${WANG} }
defaults:
  email: { host: localhost, port: ${smtp.port}, from: ops@example.com, tls: none }
groups:
  - owner: default
    level: default
    members: [li.lei, han.mei]
    destinations: [{ channel: email${more} }, { name: inbox, channel: inbox }]
  - { owner: ops, level: default, members: [wang.wu], destinations: [{ channel: email }] }
`,
  });
  return {
    house,
    smtp,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await smtp[Symbol.asyncDispose]();
    },
  };
}

const named = (name: string, own: TestAlert = {}): TestAlert => ({
  ...own,
  labels: { alertname: name, ...own.labels },
});

/** The subject of a mail, without the severity. */
function subjectOf({ mail }: Scene["smtp"]["mails"][number]): string {
  return (mail.subject ?? "").replace(/^\[[^\]]*\] /, "");
}

/** The mails of an address, by their subjects. */
function got({ smtp }: Pick<Scene, "smtp">, address: string): string[] {
  return smtp.mails.filter(({ to }) => to.includes(address)).map(subjectOf);
}

async function mailDeliveries({ house }: Pick<Scene, "house">): Promise<Delivery[]> {
  return (await house.deliveries()).filter(({ destination }) => destination.endsWith("/email"));
}

async function mailLane({ house }: Pick<Scene, "house">): Promise<LaneState | undefined> {
  const states = await house.relay.store.outbox.states();
  return [...states].find(([name]) => name.startsWith("email-"))?.[1];
}

/** Whether the account waits, or is refused. */
async function isMailPaused(stage: Pick<Scene, "house">): Promise<boolean> {
  const { pause, refused } = await mailLane(stage) ?? {};
  return pause !== undefined || refused !== undefined;
}

Deno.test("one recipient's 450 keeps nobody waiting: the others get each mail once, and the one gets it alone, later", async () => {
  await using stage = await scene({ refuse: { [HAN]: "450 4.2.0 Mailbox busy" } });
  const { house, smtp } = stage;
  const names = ["A", "B", "C", "D", "E", "F", "G", "H"];
  for (const name of names) await stage.house.fire(named(name));
  equal(got(stage, LI), names, "each at once, none in a digest");
  equal(await isMailPaused(stage), false);
  equal((await mailLane(stage))?.failures ?? 0, 0);
  const [waiting] = await mailDeliveries(stage);
  equal([waiting!.state, waiting!.recipients], ["pending", {
    reached: ["li.lei"],
    left: ["han.mei"],
    failed: [],
  }]);
  for (let minute = 0; minute < 12; minute++) await house.advance(MINUTE);
  await stage.house.fire(named("urgent", { labels: { team: "ops", severity: "critical" } }));
  equal(got(stage, WANG), ["urgent"], "another group's mail does not wait");
  smtp.become({});
  await house.advance(HOUR);
  equal(got(stage, HAN).toSorted(), names);
  equal(got(stage, LI), names, "and nobody gets one twice");
  ok((await mailDeliveries(stage)).every(({ state }) => state === "delivered"));
  const { body } = await api(house, "GET", "ledger?from=3h&verify=1");
  equal(body.addsUp, true, JSON.stringify(body));
});

Deno.test("a mistyped address is given up at once, with its reason; the account goes on", async () => {
  await using stage = await scene({
    refuse: { [HAN]: "554 5.7.1 <han.mei@example.com>: Relay access denied" },
  });
  for (const name of ["A", "B", "C"]) await stage.house.fire(named(name));
  await stage.house.fire(named("D", { labels: { team: "ops" } }));
  equal([got(stage, LI), got(stage, WANG)], [["A", "B", "C"], ["D"]]);
  const mails = (await mailDeliveries(stage)).filter(({ group }) => group === "default/default");
  for (const { state, because, recipients } of mails) {
    equal([state, recipients], ["delivered", { reached: ["li.lei"], left: [], failed: ["han.mei"] }]);
    match(because, /not to han\.mei@example\.com: 554 5\.7\.1 .*Relay access denied/);
  }
  equal(await isMailPaused(stage), false);
});

Deno.test("the page of a delivery and the answer to why name who has it and who has not", async () => {
  await using stage = await scene({ refuse: { [HAN]: "450 4.2.0 Mailbox busy" } });
  const { house, smtp } = stage;
  await stage.house.fire(named("A"));
  const [{ id, alert } = fail()] = await mailDeliveries(stage);
  const visitor = new Visitor(house);
  await visitor.signIn();
  const seen = async (): Promise<string> => seenIn((await visitor.get(`/deliveries/${id}`)).html);
  const why = async (): Promise<string[]> =>
    (await api(house, "GET", `alerts/${alert}/why?lang=en`)).body.sentences;
  match(await seen(), /已送达\s*li\.lei\s*仍在重试\s*han\.mei/);
  ok((await why()).includes("It is retried for han.mei only."));
  smtp.become({ refuse: { [HAN]: "550 5.1.1 User unknown" } });
  await house.advance(MINUTE);
  match(await seen(), /部分送达[\s\S]*已送达\s*li\.lei\s*未送达\s*han\.mei/);
  ok((await why()).includes("Delivered to li.lei."));
  ok((await why()).includes("It could not be delivered to han.mei."));
});

Deno.test("an only recipient who is refused for a reason that may be ours waits alone, and is dead after a day", async () => {
  await using stage = await scene({
    refuse: { [WANG]: "554 5.7.1 <wang.wu@example.com>: Relay access denied" },
  });
  const { house } = stage;
  await stage.house.fire(named("A", { labels: { team: "ops" } }));
  await stage.house.fire(named("B"));
  equal([got(stage, WANG), got(stage, LI)], [[], ["B"]]);
  equal(await isMailPaused(stage), false);
  for (let hour = 0; hour < 26; hour++) await house.advance(HOUR);
  const [mail] = (await mailDeliveries(stage)).filter(({ group }) => group === "ops/default");
  equal(mail!.state, "dead");
  match(mail!.because, /^given up after \d+ attempts in 2\d h: .*Relay access denied/);
});

Deno.test("several recipients who are refused alike are the account's: it pauses, and nothing is lost", async () => {
  const denied = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org";
  await using stage = await scene({ refuse: { [LI]: denied, [HAN]: denied } });
  await stage.house.fire(named("A"));
  const [{ state, because, recipients } = fail()] = await mailDeliveries(stage);
  equal([state, because, recipients], ["pending", denied, undefined]);
  equal(Object.values((await mailLane(stage))?.refused ?? {}).map((one) => one.because), [denied]);
  stage.smtp.become({});
  await stage.house.advance(5 * MINUTE);
  equal(stage.smtp.mails.map(({ to }) => to), [[LI, HAN]]);
});

Deno.test("an account that is refused mail by mail is shown as failing, with the server's words, until a mail arrives", async () => {
  const denied = "554 5.7.1 Relay access denied";
  await using stage = await scene({ refuse: { [WANG]: denied } });
  const { house } = stage;
  const shown = async (): Promise<unknown[]> => {
    const { lanes, destinations } = (await api(house, "GET", "lanes")).body;
    const [lane] = lanes.filter(({ name }: { name: string }) => name.startsWith("email-"));
    const states = destinations.filter(({ channel }: { channel: string }) => channel === "email")
      .map(({ state, because = "" }: { state: string; because?: string }) => `${state} ${because}`.trim());
    return [lane.state, ...states];
  };
  equal(await shown(), ["idle", "unproven", "unproven"]);
  await stage.house.fire(named("A", { labels: { team: "ops" } }));
  const words = `failing ${WANG}: ${denied}`;
  equal(await shown(), ["failing", words, words]);
  equal(await isMailPaused(stage), false);
  await house.advance(MINUTE);
  await stage.house.fire(named("B"));
  equal(got(stage, LI), ["B"]);
  equal(await shown(), ["working", "unproven", "works"], "one reader's trouble is nobody else's");
});

Deno.test("what a resolved makes pointless is not sent after it to the one who was left", async () => {
  await using stage = await scene({ refuse: { [HAN]: "450 4.2.0 Mailbox busy" } });
  const { house, smtp } = stage;
  await stage.house.fire(named("A"));
  smtp.become({});
  await stage.house.fire(named("A", { status: "resolved", endsAt: "2026-01-31T08:10:00Z" }));
  await house.advance(HOUR);
  equal(smtp.mails.map(({ to, mail }) => [to, mail.headers.get("x-fenghuo-status")]), [
    [[LI], "firing"],
    [[LI, HAN], "resolved"],
  ]);
  const [resolved, firing] = await mailDeliveries(stage);
  equal([resolved!.state, resolved!.recipients], ["delivered", undefined]);
  equal([firing!.state, firing!.recipients], ["delivered", {
    reached: ["li.lei"],
    left: [],
    failed: ["han.mei"],
  }]);
});

Deno.test("one who is never taken is given up after a day, and named; a fallback is not told what somebody has", async () => {
  await using stage = await scene({
    refuse: { [HAN]: "450 4.2.0 Mailbox busy" },
    more: ", fallback: inbox, fallback_after: 10m",
  });
  const { house } = stage;
  await stage.house.fire(named("A"));
  for (let hour = 0; hour < 26; hour++) await house.advance(HOUR);
  const [mail] = await mailDeliveries(stage);
  equal([mail!.state, mail!.recipients], ["delivered", {
    reached: ["li.lei"],
    left: [],
    failed: ["han.mei"],
  }]);
  match(mail!.because, /^to some of its recipients: given up after \d+ attempts in 24 h: .*Mailbox busy/);
  equal(got(stage, LI), ["A"]);
});

Deno.test("after an outage all that piled up goes as digests, one a destination, and what comes then goes by itself", async () => {
  await using stage = await scene({ refuseSender: "451 4.3.0 Try again later" });
  const { house, smtp } = stage;
  for (let index = 0; index < 30; index++) {
    await stage.house.fire(named(`A${index}`), named(`O${index}`, { labels: { team: "ops" } }));
  }
  ok((await mailLane(stage))!.failures >= 5);
  smtp.become({});
  for (let minute = 0; minute < 15; minute++) await house.advance(MINUTE);
  equal([got(stage, LI).length, got(stage, HAN).length, got(stage, WANG).length], [1, 1, 1], "a digest each");
  ok((await mailDeliveries(stage)).every(({ state, digest }) => state === "delivered" && digest));
  await stage.house.fire(named("next"));
  equal(got(stage, LI).at(-1), "next");
});

Deno.test("a digest that one recipient cannot take yet reaches the others, and later that one, as the same digest", async () => {
  await using stage = await scene({ refuseSender: "451 4.3.0 Try again later" });
  const { house, smtp } = stage;
  for (let index = 0; index < 10; index++) await stage.house.fire(named(`A${index}`));
  smtp.become({ refuse: { [HAN]: "450 4.2.0 Mailbox busy" } });
  for (let minute = 0; minute < 15; minute++) await house.advance(MINUTE);
  equal([got(stage, LI).length, got(stage, HAN).length], [1, 0]);
  equal(digestsOf((await mailLane(stage)) ?? { failures: 0 }), []);
  await stage.house.fire(named("next"));
  equal(got(stage, LI).at(-1), "next");
  smtp.become({});
  await house.advance(HOUR);
  const digests = smtp.mails.filter((mail) => subjectOf(mail) !== "next");
  equal(digests.map(({ to }) => to), [[LI], [HAN]]);
  equal(digests[0]!.mail.messageId, digests[1]!.mail.messageId);
  equal(got(stage, LI).length, 2);
  ok((await mailDeliveries(stage)).every(({ state }) => state === "delivered"));
});
