/**
 * Checks the relay's outgoing connections, and the address that vendors see. It tries unsaved destinations, and
 * nothing is delivered: mail servers refuse mail without a login, and the relay's own door refuses a wrong token.
 *
 * @module
 */
import type { RelayClient } from "../_relay.ts";
import type { Finding } from "./finding.ts";

/** Public servers for the four ports of mail submission. */
export const MAIL_SERVERS: readonly string[] = [
  "gmail-smtp-in.l.google.com:25",
  "smtp.gmail.com:465",
  "smtp.gmail.com:587",
  "smtp.mailgun.org:2525",
];

/** The words of the relay for a server that does not answer. */
const CLOSED = /ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|no answer within|platform may block/;

/** Whether mail servers can be reached, by their ports. */
export async function checkMail(relay: RelayClient, servers: readonly string[]): Promise<Finding> {
  const tried = await Promise.all(servers.map(async (server) => {
    const [host, port] = server.split(":");
    const because = await attempt(relay, {
      channel: "email",
      config: { host, port: Number(port), from: "nobody@example.com", to: ["nobody@example.com"] },
    });
    return { server, port, isOpen: !CLOSED.test(because), because };
  }));
  const closed = tried.filter(({ isOpen }) => !isOpen);
  return {
    name: "mail",
    verdict: closed.length === 0 ? "good" : "poor",
    says: [
      `ports open: ${tried.filter(({ isOpen }) => isOpen).map(({ port }) => port).join(", ") || "none"}`,
      ...closed.map(({ server, because }) => `${server}: ${because}`),
    ].join("\n"),
  };
}

/**
 * The address that a vendor sees, which allow lists need: the relay posts to its own door, whose refusal contains the
 * address.
 */
export async function checkAddress(relay: RelayClient): Promise<Finding> {
  const name = "address";
  const before = await refusedAddresses(relay);
  const because = await attempt(relay, {
    channel: "webhook",
    config: { url: `${relay.address}/webhook?token=no-token-of-the-smoke-test` },
  });
  const after = await refusedAddresses(relay);
  const [address] = [...after].find(([from, count]) => count > (before.get(from) ?? 0)) ?? [];
  return address === undefined
    ? { name, verdict: "poor", says: `unknown: a request of the relay to itself came to: ${because}` }
    : {
      name,
      verdict: "good",
      says: `${address} is where its requests come from; other instances may have another one`,
    };
}

/** The number of refusals of that token, by the caller's address. */
async function refusedAddresses(relay: RelayClient): Promise<ReadonlyMap<string, number>> {
  const { json } = await relay.ask("GET", "api/refusals");
  const refusals = json.refusals as { door: string; status: number; from: string; count: number }[];
  return new Map(
    refusals.filter(({ door, status }) => door === "alertmanager" && status === 401).map((
      { from, count },
    ) => [from, count]),
  );
}

/** @returns the result in the relay's words */
async function attempt(relay: RelayClient, destination: unknown): Promise<string> {
  const { status, json, text } = await relay.ask("POST", "api/destinations/test", { destination });
  return status === 200 ? String(json.because) : `${status}: ${json?.error ?? text.slice(0, 200)}`;
}
