import { deepStrictEqual as equal, match } from "node:assert/strict";
import { DAY, HOUR } from "../../../../relay/base/duration.ts";
import type { Alert } from "../../../../relay/domain/alert.ts";
import { makeCertificate } from "../../../kit/certificate.ts";
import {
  CERTIFICATE,
  type CloudHouse,
  cloudHouse,
  type Message,
  NOW,
  signed,
  signSns,
  textOf,
  type VendorAnswer,
} from "./_cloud.ts";

const TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms";
const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors:
  - { name: cloud, type: sns, topics: "arn:aws:sns:*:123456789012:alarms*" }
  - { name: mapped, type: sns, topics: [${TOPIC}], title: "{$.what}", severity: { from: $.how, default: error } }`;

const HOST = "https://sns.eu-west-1.amazonaws.com";
const TOKEN = "2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92";

/** CloudWatch's message of a metric alarm. */
const ALARM = {
  AlarmName: "db-1 CPU",
  AlarmDescription: "CPU of the orders database",
  AWSAccountId: "123456789012",
  NewStateValue: "ALARM",
  NewStateReason: "Threshold Crossed: 1 datapoint [93.4] was greater than the threshold (80.0).",
  StateChangeTime: "2026-11-30T02:01:05.236+0000",
  Region: "EU (Ireland)",
  AlarmArn: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:db-1 CPU",
  OldStateValue: "OK",
  Trigger: {
    MetricName: "CPUUtilization",
    Namespace: "AWS/RDS",
    Dimensions: [{ value: "db-1", name: "DBInstanceIdentifier" }],
    Threshold: 80,
  },
};

let id = 0;

/** A message as SNS makes it, unsigned. */
function message(content: unknown, over: Message = {}): Message {
  return {
    Type: "Notification",
    MessageId: `22b80b92-fdea-4c2c-8f9d-${++id}`,
    TopicArn: TOPIC,
    Message: typeof content === "string" ? content : JSON.stringify(content),
    Timestamp: "2026-11-30T02:01:06.655Z",
    SignatureVersion: "2",
    SigningCertURL: `${HOST}/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem`,
    UnsubscribeURL: `${HOST}/?Action=Unsubscribe&SubscriptionArn=${TOPIC}:c9135db0`,
    ...over,
  };
}

function confirmation(over: Message = {}): Message {
  return message("You have chosen to subscribe", {
    Type: "SubscriptionConfirmation",
    Token: TOKEN,
    SubscribeURL: `${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=${TOKEN}`,
    ...over,
  });
}

async function logged(there: CloudHouse): Promise<Alert[]> {
  return (await there.relay.store.log.newest(9)).map(({ alert }) => alert as Alert).toReversed();
}

Deno.test("an alarm of CloudWatch fires, loses its data, and ends", async () => {
  await using there = await cloudHouse(YAML);
  const states = ["INSUFFICIENT_DATA", "ALARM", "ALARM", "OK"];
  for (const NewStateValue of states) {
    const answer = await there.send(
      signSns(message({ ...ALARM, NewStateValue }, { Subject: "ALARM: db-1 CPU" })),
    );
    equal(answer.status, 200, answer.text);
  }
  const alerts = await logged(there);
  equal(alerts.map(({ status, severity }) => [status, severity]), [
    ["firing", "info"],
    ["firing", "warning"],
    ["firing", "warning"],
    ["resolved", "warning"],
  ]);
  const [{ title, text, labels, annotations, startsAt, dialect }] = alerts as [Alert];
  equal([dialect, title, annotations.description], ["cloud", "db-1 CPU", "CPU of the orders database"]);
  match(text, /^Threshold Crossed/);
  equal([labels.DBInstanceIdentifier, labels.namespace, labels.topic], ["db-1", "AWS/RDS", TOPIC]);
  equal(startsAt, Date.UTC(2026, 10, 30, 2, 1, 5, 236));
  equal(await there.relay.store.incidents.newest("open", 5), []);
  equal(there.asked.length, 1, "the certificate is fetched once");
  match(there.asked[0]!, /^GET https:\/\/sns\.eu-west-1\.amazonaws\.com\/Simple.* manual$/);
});

const READ: [what: string, content: unknown, over: Message, door: string, title: string][] = [
  ["a text", "The disk\nis full", { Subject: "Disk" }, "cloud", "Disk"],
  ["a text without a subject", "The disk\nis full", {}, "cloud", "The disk is full"],
  ["version 1", "old", { SignatureVersion: "1" }, "cloud", "old"],
  ["a subject of null", "x", { Subject: null }, "cloud", "x"],
  [
    "an alarm through EventBridge",
    { "detail-type": "CloudWatch Alarm State Change", detail: { alarmName: "A", state: { value: "ALARM" } } },
    {},
    "cloud",
    "A",
  ],
  [
    "an event of EventBridge",
    { "detail-type": "EC2 Instance Terminated" },
    {},
    "cloud",
    "EC2 Instance Terminated",
  ],
  ["a message for the door's own mapping", { what: "Own", how: "critical" }, {}, "mapped", "Own"],
  [
    "a topic in China",
    "x",
    {
      SigningCertURL: "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a.pem",
    },
    "cloud",
    "x",
  ],
];

for (const [what, content, over, door, title] of READ) {
  Deno.test(`${what} becomes the alert ${title}`, async () => {
    await using there = await cloudHouse(YAML);
    const answer = await there.send(signSns(message(content, over)), { door });
    equal(answer.status, 200, answer.text);
    equal((await logged(there)).map((alert) => alert.title), [title]);
  });
}

Deno.test("a message is accepted once", async () => {
  await using there = await cloudHouse(YAML);
  const twice = signSns(message("x"));
  equal(JSON.parse((await there.send(twice)).text).accepted, 1);
  const replay = await there.send(twice);
  equal([replay.status, JSON.parse(replay.text).repeated], [200, true]);
  equal((await logged(there)).length, 1);
});

Deno.test("a subscription is confirmed once, at SNS, and its end is an alert until it is confirmed again", async () => {
  await using there = await cloudHouse(YAML);
  const first = signSns(confirmation());
  equal((await there.send(first)).status, 200);
  equal((await there.send(first)).status, 200);
  const confirmed = there.asked.filter((one) => one.includes("Action="));
  equal(confirmed, [`GET ${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=${TOKEN} manual`]);
  const end = signSns(confirmation({ Type: "UnsubscribeConfirmation" }));
  equal((await there.send(end)).status, 200);
  equal(
    there.asked.filter((one) => one.includes("Action=")).length,
    1,
    "the relay does not subscribe again by itself",
  );
  const [open] = await there.relay.store.incidents.newest("open", 5);
  equal(open!.title, "Subscription of the door cloud has ended");
  equal((await there.send(signSns(confirmation()))).status, 200);
  equal(await there.relay.store.incidents.newest("open", 5), []);
});

const pem = CERTIFICATE.pem;
const other = makeCertificate({ from: NOW - DAY, to: NOW + DAY });
const at = (address: string): Message => ({ SigningCertURL: address });
const PEM = "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem";

const REFUSED: [what: string, sent: unknown, status: number, words: RegExp, asked: number][] = [
  ["nothing", "", 400, /it is empty/, 0],
  ["garbage", "garbage", 400, /not JSON/, 0],
  ["a list", [], 422, /body: an object is needed/, 0],
  ["an empty object", {}, 422, /Type: one of Notification/, 0],
  [
    "a number as topic",
    signSns(message("x", { TopicArn: 5 })),
    422,
    /TopicArn: a string is needed, not a number/,
    0,
  ],
  ["another kind", signSns(message("x", { Type: "Ping" })), 422, /Type: one of/, 0],
  ["version 3", signSns(message("x", { SignatureVersion: "3" })), 422, /SignatureVersion: 1 or 2/, 0],
  ["no signature", message("x"), 422, /Signature: a string is needed, not nothing/, 0],
  [
    "another account's topic",
    signSns(message("x", { TopicArn: TOPIC.replace("1234", "6666") })),
    403,
    /not the door's/,
    0,
  ],
  ["a topic with more parts", signSns(message("x", { TopicArn: `${TOPIC}:x` })), 403, /not the door's/, 0],
  [
    "a topic with a break",
    signSns(message("x", { TopicArn: `${TOPIC}\nx` })),
    422,
    /TopicArn: a text without line/,
    0,
  ],
  [
    "fields that were moved into others",
    (() => {
      const whole = message(`real\nMessageId\nforged\nTimestamp\n2026-11-30T02:01:07Z\nTopicArn\nx`);
      const { Signature } = signSns(whole) as { Signature: string };
      return {
        ...whole,
        Message: "real",
        MessageId: `forged\nTimestamp\n2026-11-30T02:01:07Z\nTopicArn\nx\nMessageId\n${whole.MessageId}`,
        Signature,
      };
    })(),
    422,
    /MessageId: a text without line breaks/,
    0,
  ],
  [
    "a message of two days ago",
    signSns(message("x", { Timestamp: "2026-11-28T02:00:00Z" })),
    401,
    /of the last day/,
    0,
  ],
  [
    "a message of tomorrow",
    signSns(message("x", { Timestamp: "2026-12-01T02:00:00Z" })),
    401,
    /of the last day/,
    0,
  ],
  ["no time", signSns(message("x", { Timestamp: "soon" })), 401, /of the last day/, 0],
  ["an altered message", { ...signSns(message("x")), Message: "y" }, 401, /signature is not SNS's/, 1],
  ["an altered subject", { ...signSns(message("x")), Subject: "y" }, 401, /signature is not SNS's/, 1],
  ["another digest", { ...signSns(message("x")), SignatureVersion: "1" }, 401, /signature is not SNS's/, 1],
  ["another key", signSns(message("x"), other), 401, /signature is not SNS's/, 1],
  ["a signature that is no base64", { ...message("x"), Signature: "&&&" }, 401, /signature is not SNS's/, 1],
  ["an empty signature", { ...message("x"), Signature: "" }, 401, /signature is not SNS's/, 1],
  ...[
    `http://sns.eu-west-1.amazonaws.com/${PEM}`,
    `https://sns.eu-west-1.amazonaws.com:8443/${PEM}`,
    `https://user:x@sns.eu-west-1.amazonaws.com/${PEM}`,
    `https://sns.eu-west-1.amazonaws.com.evil.example/${PEM}`,
    `https://evil.example/sns.eu-west-1.amazonaws.com/${PEM}`,
    `https://sns.eu-west-1.amazonaws.com@evil.example/${PEM}`,
    `https://s3.eu-west-1.amazonaws.com/${PEM}`,
    `https://evil.sns.eu-west-1.amazonaws.com/${PEM}`,
    `https://sns.eu-west-1.amazonaws.com./${PEM}`,
    `https://sns..amazonaws.com/${PEM}`,
    `https://sns.eu-west-1.amazonaws.com/x/${PEM}`,
    `https://sns.eu-west-1.amazonaws.com/${PEM}?x=1`,
    "https://sns.eu-west-1.amazonaws.com/?Action=Publish",
    "https://127.0.0.1/x.pem",
    "file:///etc/passwd",
    "",
  ].map((address): [string, unknown, number, RegExp, number] => [
    `a certificate at ${address}`,
    signSns(message("x", at(address))),
    401,
    /certificate is not at an address of SNS/,
    0,
  ]),
];

for (const [what, sent, status, words, asked] of REFUSED) {
  Deno.test(`${what} is answered with ${status}`, async () => {
    await using there = await cloudHouse(YAML);
    const answer = await there.send(sent);
    equal(answer.status, status, answer.text);
    match(answer.text, words);
    equal(there.asked.length, asked);
    equal(await logged(there), []);
    equal(there.reports, []);
  });
}

Deno.test("a raw message is refused with what to do", async () => {
  await using there = await cloudHouse(YAML);
  const answer = await there.send("x", { headers: { "x-amz-sns-rawdelivery": "true" } });
  equal(answer.status, 401);
  match(answer.text, /turn raw message delivery off/);
});

const VENDORS: [what: string, answer: VendorAnswer, status: number, words: RegExp][] = [
  [
    "does not answer",
    () => Promise.reject(new TypeError("connection refused")),
    503,
    /cannot be fetched: no answer/,
  ],
  ["answers 500", () => new Response("x", { status: 500 }), 503, /the vendor answers 500/],
  ["answers 404", () => new Response("x", { status: 404 }), 401, /the vendor answers 404/],
  ["redirects", () => Response.redirect("https://evil.example/", 302), 401, /the vendor answers 302/],
  ["answers with a page", () => new Response("<html>"), 401, /the answer is none/],
  ["answers with megabytes", () => new Response("x".repeat(5_000_000)), 401, /the answer is none/],
  [
    "has an old certificate",
    () => new Response(makeCertificate({ from: NOW - 9 * DAY, to: NOW - DAY }).pem),
    401,
    /is not valid now/,
  ],
  [
    "has a future certificate",
    () => new Response(makeCertificate({ from: NOW + HOUR, to: NOW + DAY }).pem),
    401,
    /is not valid now/,
  ],
  [
    "has a certificate of another kind of key",
    () => new Response(makeCertificate({ from: NOW - DAY, to: NOW + DAY, kind: "ec" }).pem),
    401,
    /no RSA key/,
  ],
];

for (const [what, answer, status, words] of VENDORS) {
  Deno.test(`when the vendor ${what}, the answer is ${status} and nothing is cached`, async () => {
    let isWell = false;
    await using there = await cloudHouse(YAML, { answer: (url) => isWell ? new Response(pem) : answer(url) });
    const sent = signSns(message("x"));
    const refused = await there.send(sent);
    equal(refused.status, status, refused.text);
    match(refused.text, words);
    isWell = true;
    equal((await there.send(sent)).status, 200);
    equal(there.reports, []);
  });
}

Deno.test("a cached certificate is fetched anew after a day, and one that has ended is not used", async () => {
  await using there = await cloudHouse(YAML);
  await there.send(signSns(message("x")));
  there.clock.advance(23 * HOUR);
  await there.send(signSns(message("y", { Timestamp: new Date(there.clock.now()).toISOString() })));
  equal(there.asked.length, 1);
  there.clock.advance(2 * HOUR);
  const late = await there.send(
    signSns(message("z", { Timestamp: new Date(there.clock.now()).toISOString() })),
  );
  equal([late.status, there.asked.length], [401, 2]);
});

Deno.test("a storm of strangers fetches at most four certificates at once, and the same one once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using there = await cloudHouse(YAML, { answer: () => promise.then(() => new Response(pem)) });
  const storm = Array.from({ length: 12 }, (_, index) => {
    const SigningCertURL = `${HOST}/SimpleNotificationService-${index % 6}.pem`;
    return there.send(signSns(message("x", { SigningCertURL })));
  });
  while (there.asked.length < 4) await new Promise((next) => setTimeout(next));
  resolve();
  const statuses = (await Promise.all(storm)).map(({ status }) => status);
  equal(there.asked.length, 4);
  equal([...new Set(statuses)].toSorted(), [200, 503]);
});

const confirming = (over: Message): Message => signSns(confirmation(over));
const WRONG_SUBSCRIPTIONS: [what: string, address: string][] = [
  ["another host", `https://evil.example/?Action=ConfirmSubscription&TopicArn=${TOPIC}`],
  ["no HTTPS", `http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}`],
  ["another action", `${HOST}/?Action=DeleteTopic&TopicArn=${TOPIC}`],
  ["another topic", `${HOST}/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:666666666666:x`],
  ["another path", `${HOST}/x?Action=ConfirmSubscription&TopicArn=${TOPIC}`],
  ["no address", ""],
];

for (const [what, SubscribeURL] of WRONG_SUBSCRIPTIONS) {
  Deno.test(`a subscription with ${what} is not confirmed`, async () => {
    await using there = await cloudHouse(YAML);
    // Signed over the fields that it has.
    const sent = SubscribeURL === ""
      ? (() => {
        const { SubscribeURL: _, ...plain } = confirmation();
        const text = textOf(["Message", "MessageId", "Timestamp", "Token", "TopicArn", "Type"], plain);
        return { ...plain, Signature: signed(text, "sha256") };
      })()
      : confirming({ SubscribeURL });
    const answer = await there.send(sent);
    equal(answer.status, 422, answer.text);
    match(answer.text, /address is not one of SNS for this topic/);
    equal(there.asked.filter((one) => !one.includes(".pem")), []);
  });
}

const CONFIRMATIONS: [vendor: () => Response, status: number, words: RegExp][] = [
  [() => new Response("no", { status: 403 }), 422, /Cannot confirm the subscription to arn.*SNS answers 403/],
  [() => Response.redirect("https://evil.example/", 302), 422, /SNS answers 302/],
  [() => new Response("no", { status: 500 }), 503, /SNS answers 500/],
];

for (const [vendor, status, words] of CONFIRMATIONS) {
  Deno.test(`a confirmation that SNS answers with ${vendor().status} may come again`, async () => {
    let isWell = false;
    await using there = await cloudHouse(YAML, {
      answer: ({ pathname }) =>
        pathname.endsWith(".pem") ? new Response(pem) : isWell ? new Response("ok") : vendor(),
    });
    const sent = confirming({});
    const answer = await there.send(sent);
    equal(answer.status, status, answer.text);
    match(answer.text, words);
    equal(answer.text.includes(TOKEN), false);
    isWell = true;
    equal((await there.send(sent)).status, 200);
  });
}
