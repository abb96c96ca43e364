/** Destinations that are reached through a proxy, with a private authority, or with a client certificate. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { makeAuthority, startMutualReceiver, startProxy, startSocks } from "../../kit/network.ts";
import { testRelay } from "../../kit/relay.ts";
import { startSmtp } from "../../kit/smtp.ts";

const authority = await makeAuthority();
const { ca, client: { cert, key } } = authority;

/** The configuration of one destination. */
function yamlOf(destination: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    members: [{ id: "li", email: "li@example.com" }],
    groups: [{ owner: "default", level: "default", members: ["li"], destinations: [destination] }],
  });
}

function webhook(url: string, network: Readonly<Record<string, string>>): string {
  return yamlOf({ channel: "webhook", config: { url }, ...network });
}

const OPS = "ops:p%40ss%2Fword-1234";

Deno.test("a proxy with a password, a private authority and a client certificate work together, over one connection", async () => {
  await using receiver = await startMutualReceiver(authority);
  await using proxy = await startProxy("ops:p@ss/word-1234");
  const network = { proxy: `http://${OPS}@${proxy.host}`, ca, cert, key };
  await using house = await testRelay({ yaml: webhook(receiver.url, network) });
  for (const instance of ["a", "b"]) await house.fire({ labels: { instance } });
  equal((await house.deliveries(2)).map(({ state }) => state), ["delivered", "delivered"]);
  equal(receiver.requests(), 2);
  equal(receiver.connections, ["relay"]);
  equal(proxy.tunnels, [`${new URL(receiver.url).host} ops:p@ss/word-1234`]);
});

Deno.test("a SOCKS proxy works, too", async () => {
  await using receiver = await startMutualReceiver(authority);
  await using proxy = await startSocks();
  const network = { proxy: `socks5://${proxy.host}`, ca, cert, key };
  await using house = await testRelay({ yaml: webhook(receiver.url, network) });
  await house.fire({});
  equal((await house.deliveries()).map(({ state }) => state), ["delivered"]);
  equal(proxy.tunnels.length, 1);
});

const FAILURES: [what: string, network: Record<string, string>, because: RegExp][] = [
  ["without the authority", { cert, key }, /invalid peer certificate: UnknownIssuer/],
  ["without a client certificate", { ca }, /CertificateRequired/],
  [
    "with a wrong password at the proxy",
    { ca, cert, key, proxy: "http://ops:wrong-1234@PROXY" },
    /proxy authentication required/,
  ],
  ["through a proxy that is not there", { ca, cert, key, proxy: `http://${OPS}@127.0.0.1:1` }, /refused/],
];

for (const [what, network, because] of FAILURES) {
  Deno.test(`${what} the delivery waits, and its record says why without a secret`, async () => {
    await using receiver = await startMutualReceiver(authority);
    await using proxy = await startProxy("ops:p@ss/word-1234");
    const own = Object.fromEntries(
      Object.entries(network).map(([name, value]) => [name, value.replace("PROXY", proxy.host)]),
    );
    await using house = await testRelay({ yaml: webhook(receiver.url, own) });
    await house.fire({});
    const [delivery] = await house.deliveries();
    equal([delivery?.state, receiver.requests()], ["pending", 0]);
    match(delivery!.attempts[0]!.because, because);
    const told = JSON.stringify([delivery, house.reports]);
    for (const secret of ["p@ss", "p%40ss", "wrong-1234", key.slice(40, 80)]) {
      ok(!told.includes(secret), told);
    }
  });
}

Deno.test("destinations of one server with different networks share no connection", async () => {
  await using receiver = await startMutualReceiver(authority);
  await using proxy = await startProxy();
  const one = { channel: "webhook", config: { url: receiver.url }, ca, cert, key };
  const group = (owner: string, destination: object): object => ({
    owner,
    level: "1",
    destinations: [destination],
  });
  const yaml = JSON.stringify({
    groups: [group("a", one), group("b", { ...one, proxy: `http://${proxy.host}` })],
    rules: [{ match: ['alertname=~".*"'], group: "a/1" }, { match: ['alertname=~".*"'], group: "b/1" }],
  });
  await using house = await testRelay({ yaml });
  await house.fire({});
  equal([receiver.connections.length, proxy.tunnels.length], [2, 1]);
});

Deno.test("mail goes through the destination's proxy, and trusts its authority", async () => {
  await using server = await startSmtp({ secure: true, certificate: authority.server });
  await using proxy = await startProxy("ops:p@ss/word-1234");
  const config = { host: "localhost", port: server.port, from: "relay@example.com", tls: "implicit" };
  const network = { proxy: `http://${OPS}@${proxy.host}`, ca, cert, key };
  await using house = await testRelay({ yaml: yamlOf({ channel: "email", config, ...network }) });
  await house.fire({});
  equal((await house.deliveries()).map(({ attempts }) => attempts.at(-1)?.verdict), ["delivered"]);
  equal(server.mails.length, 1);
  equal(proxy.tunnels, [`localhost:${server.port} ops:p@ss/word-1234`]);
});

for (
  const [proxy, because] of [
    ["http://ops:wrong-1234@PROXY", /Invalid response from proxy: 407/],
    ["socks5://PROXY", /a mail goes through no SOCKS proxy/],
  ] as const
) {
  Deno.test(`mail that cannot go through ${proxy.split(":")[0]} says why`, async () => {
    await using server = await startSmtp({ secure: true, certificate: authority.server });
    await using running = await startProxy("ops:p@ss/word-1234");
    const config = { host: "localhost", port: server.port, from: "relay@example.com", tls: "implicit" };
    const network = { proxy: proxy.replace("PROXY", running.host), ca };
    await using house = await testRelay({ yaml: yamlOf({ channel: "email", config, ...network }) });
    await house.fire({});
    const [delivery] = await house.deliveries();
    match(delivery!.attempts[0]!.because, because);
    equal([delivery!.state, server.connections], ["pending", 0]);
    ok(!JSON.stringify(delivery).includes("wrong-1234"));
  });
}
