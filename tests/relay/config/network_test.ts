import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { complaintText, parseConfig } from "../../../relay/config/mod.ts";
import { api } from "../../kit/api.ts";
import { discover } from "../../kit/channels.ts";
import { visitor } from "../../kit/console.ts";
import { makeAuthority } from "../../kit/network.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const { ca, client: { cert, key }, server } = await makeAuthority();
const channels = await discover();
const PROXY = "http://ops:hunter2-hunter2@proxy.example.com:3128";
const HOOK = { channel: "webhook", config: { url: "https://hooks.example.com/in?token=s3cret-of-hook" } };

async function complaintsOn(network: Readonly<Record<string, unknown>>): Promise<string[]> {
  const yaml = JSON.stringify({
    groups: [{ owner: "o", level: "l", destinations: [{ ...HOOK, ...network }] }],
  });
  const parsed = await parseConfig({ env: {}, yaml, secrets: SECRETS, channels });
  return parsed.ok ? [] : parsed.complaints.map(complaintText);
}

const TABLE: [network: Record<string, unknown>, complaints: string[]][] = [
  [{ proxy: PROXY, ca, cert, key }, []],
  [{ proxy: "socks5://10.0.0.5:1080" }, []],
  [{ ca: `${ca}\n${server.cert}` }, []],
  [{ proxy: "10.1.2.3:3128" }, [
    'proxy: must be an address such as "http://proxy.example.com:3128" or "socks5://10.0.0.5:1080"',
  ]],
  [{ proxy: "ftp://hunter2-hunter2@proxy" }, [
    'proxy: must be an address such as "http://proxy.example.com:3128" or "socks5://10.0.0.5:1080"',
  ]],
  [{ ca: "/etc/ssl/ca.pem" }, ["ca: must be a certificate in PEM"]],
  [{ cert }, ["key: is missing; the client certificate needs its key"]],
  [{ key }, ["cert: is missing; the client key needs its certificate"]],
  [{ cert, key: server.key }, ["cert: cannot be used: keys may not be consistent: KeyMismatch"]],
  [{ cert, key: "hunter2-hunter2" }, ["key: must be a private key in PEM, without a passphrase"]],
];

for (const [network, complaints] of TABLE) {
  const names = Object.entries(network).map(([name, value]) => `${name} ${String(value).slice(0, 30)}`);
  Deno.test(`${names.join(", ")}: ${complaints.join("; ") || "is right"}`, async () => {
    equal(await complaintsOn(network), complaints.map((one) => `groups[0].destinations[0].${one}`));
  });
}

Deno.test("an invalid certificate in PEM is a complaint, not a failed delivery", async () => {
  const [complaint = "", ...others] = await complaintsOn({ ca: ca.replace(/\n[A-Za-z0-9+/]{4}/, "\n") });
  match(complaint, /^groups\[0\]\.destinations\[0\]\.ca: cannot be used: /);
  equal(others, []);
});

Deno.test("proxy and key are secrets: marks in the API, variables in an export, and neither in the console", async () => {
  await using house = await testRelay();
  const put = await api(house, "PUT", "config/groups/ops/1", {
    body: { destinations: [{ ...HOOK, proxy: PROXY, ca, cert, key }] },
  });
  equal(put.status, 200);
  const [destination] = put.body.value.destinations;
  for (const name of ["proxy", "key"]) match(destination[name], /^••••/);
  equal([destination.ca, destination.cert], [ca, cert]);
  const admin = await visitor(house);
  const { html } = await admin.get("/groups/ops/1/destinations/webhook");
  match(html, /name="kept:value\.proxy"/);
  const exported = await (await house.request("/api/config/export", {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  })).text();
  match(exported, /proxy: \$\{OPS_1_WEBHOOK_PROXY\}/);
  match(exported, /key: \$\{OPS_1_WEBHOOK_KEY\}/);
  for (const shown of [JSON.stringify(put.body), html, exported]) {
    ok(!shown.includes("hunter2") && !shown.includes(key.slice(40, 80)), shown);
  }
});

Deno.test("a stored secret is sent through no other proxy unless it is written again", async () => {
  await using house = await testRelay();
  const change = async (network: object, config: object = HOOK.config): Promise<number> => {
    const { body: item } = await api(house, "GET", "config/groups/ops/1");
    const { status, body } = await api(house, "PUT", "config/groups/ops/1", {
      body: { destinations: [{ channel: "webhook", config, ...network }] },
      version: item.version,
    });
    if (status !== 200) {
      match(JSON.stringify(body), /config\.url".*would send a stored secret .* another proxy/);
    }
    return status;
  };
  await api(house, "PUT", "config/groups/ops/1", { body: { destinations: [HOOK] } });
  const { body: item } = await api(house, "GET", "config/groups/ops/1");
  const kept = item.value.destinations[0].config;
  equal(await change({ proxy: "http://evil.example:3128" }, kept), 422);
  equal(await change({ proxy: PROXY }), 200);
  const marks = (await api(house, "GET", "config/groups/ops/1")).body.value.destinations[0];
  equal(await change({ proxy: marks.proxy }, marks.config), 200);
  equal(await change({ proxy: "http://evil.example:3128" }, marks.config), 422);
  equal(await change({}, marks.config), 200);
});
