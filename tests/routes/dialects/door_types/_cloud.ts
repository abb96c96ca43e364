import { sign } from "node:crypto";
import { DAY } from "../../../../relay/base/duration.ts";
import { makeCertificate, type TestCertificate } from "../../../kit/certificate.ts";
import { TestClock } from "../../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";

/** The time of the tests. */
export const NOW: number = Date.UTC(2026, 10, 30, 2, 2);

/** The vendor's certificate. */
export const CERTIFICATE: TestCertificate = makeCertificate({ from: NOW - DAY, to: NOW + DAY });

/** An answer of the vendor to a GET. */
export type VendorAnswer = (url: URL) => Response | Promise<Response>;

/** A relay whose requests reach a vendor of the test. */
export interface CloudHouse extends TestRelay {
  /** The addresses that the relay requested. */
  readonly asked: string[];
  /** Post a message to a door, without a token. */
  send(
    message: unknown,
    options?: { door?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; text: string }>;
}

/** Make such a relay. `answer`: by default the certificate at each address that ends in `.pem`, and `ok` elsewhere. */
export async function cloudHouse(
  yaml: string,
  {
    answer = ({ pathname }) => new Response(pathname.endsWith(".pem") ? CERTIFICATE.pem : "ok"),
    clock = new TestClock(NOW),
  }: { answer?: VendorAnswer; clock?: TestClock } = {},
): Promise<CloudHouse> {
  const asked: string[] = [];
  const there = await testRelay({
    yaml,
    clock,
    fetch: async (input, init) => {
      const url = new URL(String(input));
      asked.push(`${init?.method} ${url.href} ${init?.redirect}`);
      return await answer(url);
    },
  });
  return Object.assign(there, {
    asked,
    async send(
      message: unknown,
      { door = "cloud", headers = {} }: { door?: string; headers?: Record<string, string> } = {},
    ): Promise<{ status: number; text: string }> {
      const response = await there.request(`/in/${door}`, {
        method: "POST",
        body: typeof message === "string" ? message : JSON.stringify(message),
        headers: { authorization: "none", "content-type": "text/plain; charset=UTF-8", ...headers },
      });
      return { status: response.status, text: await response.text() };
    },
  });
}

/** The signature of a text by the vendor, in base64. */
export function signed(text: string, digest: "sha1" | "sha256", { privateKey } = CERTIFICATE): string {
  return sign(digest, new TextEncoder().encode(text), privateKey).toString("base64");
}

/** A message of a cloud, as its JSON. */
export type Message = Record<string, unknown>;

/** A message of SNS, signed as its documentation says. */
export function signSns(plain: Message, certificate = CERTIFICATE): Message {
  const names = plain.Type === "Notification"
    ? ["Message", "MessageId", ...plain.Subject ? ["Subject"] : [], "Timestamp", "TopicArn", "Type"]
    : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
  const digest = plain.SignatureVersion === "1" ? "sha1" : "sha256";
  return { ...plain, Signature: signed(textOf(names, plain), digest, certificate) };
}

/** A message of SMN, signed as its documentation says. */
export function signSmn(plain: Message): Message {
  const names = plain.type === "Notification"
    ? ["message", "message_id", ...plain.subject ? ["subject"] : [], "timestamp", "topic_urn", "type"]
    : ["message", "message_id", "subscribe_url", "timestamp", "topic_urn", "type"];
  return { ...plain, signature: signed(textOf(names, plain), "sha256") };
}

/** The text that is signed: a line for each name, and for each value. */
export function textOf(names: readonly string[], plain: Message): string {
  const shown = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return names.map((name) => `${name}\n${shown(plain[name])}\n`).join("");
}
