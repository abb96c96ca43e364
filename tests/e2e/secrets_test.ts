/**
 * Every channel × every way in which a vendor may repeat the request × every place where the relay shows the answer.
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { ECHOES, type Kind, startEchoMail, startEchoVendor } from "../kit/echo_vendor.ts";
import { eventually } from "../kit/eventually.ts";
import { type Greeting, startRelay, temporaryFolder } from "../kit/process.ts";
import { webhook } from "../kit/relay.ts";
import { secretsTold } from "../kit/secret_scan.ts";

const SECRETS = {
  token: "tok4Zq9Lw2Xv7Bn1Kd8Rt5Ym3Hs6Gp0Jf",
  signing: "SEC5c1e9b7da3f04862b1e7d95a3c08f64e",
  odd: "Q7/+=&%23 xW-_9\"<v>'k;Zp:4?t#m~8$Lj",
  path: "T0K3nPathSegmentOfTheHook77aZ",
  query: "qUeRyValue+of/the=Hook&55bY",
  user: "operator-of-the-hook-31",
  password: "p@ss/W0rd+of=the&Hook#91",
  header: "h3aderValue9f8e7d6c5b4a39281706",
  given: "g1venTokenOfTheVendor0192837465abcdef",
  mail: "mAil/pass+w0rd=for the&Login 84",
  adhoc: "aDh0cTokenOfAnAddress5647382910fedcba",
} as const;

const FOUND = Object.values(SECRETS);

// deno-lint-ignore no-explicit-any -- a configuration as YAML has it
type Tree = any;

/** The most destinations of the configuration, all of this vendor: one of each kind for each echo. */
function destinations(
  how: string,
  { url, port, isOdd }: { url: string; port: number; isOdd: boolean },
): Tree[] {
  const at = (kind: Kind): string => `${url}/${how}/${kind}`;
  const [user, password, key] = [SECRETS.user, SECRETS.password, SECRETS.query].map(encodeURIComponent);
  const hook = `${
    at(isOdd ? "moved" : "page").replace("//", `//${user}:${password}@`)
  }/${SECRETS.path}?k=${key}`;
  const headers = { authorization: `Bearer ${SECRETS.header}`, "x-own": SECRETS.odd };
  const robot = { token: SECRETS.token, secret: SECRETS.signing };
  const dingtalk = { appKey: "dingkey", appSecret: SECRETS.odd, templateId: "t-1", owner: "user1" };
  const wecom = { corpid: "wwcorp", secret: SECRETS.signing, agentid: 1 };
  const ocp = isOdd
    ? { access_key: "cqammmxBpfGjFlto", secret_key: SECRETS.odd }
    : { user: "ocp", password: SECRETS.password };
  const mail = {
    host: "127.0.0.1",
    port,
    user: "ops", // shown with the server, and no secret
    password: SECRETS.mail,
    from: "ops@example.com",
  };
  return [
    { name: "robot", channel: "dingtalk_robot", config: { ...robot, base: at("page") } },
    { name: "fields", channel: "dingtalk_robot", config: { ...robot, base: at("fields") } },
    { name: "odd", channel: "dingtalk_robot", config: { token: SECRETS.odd, base: at("page") } },
    { channel: "wecom_robot", config: { key: SECRETS.token, base: at("fields") } },
    { channel: "feishu_robot", config: { token: SECRETS.token, secret: SECRETS.odd, base: at("fields") } },
    { name: "hook", channel: "webhook", config: { url: hook, headers } },
    { channel: "dingtalk_chat", config: { ...dingtalk, base: at("gives") } },
    { name: "legacy", channel: "dingtalk_chat", config: { ...dingtalk, api: "legacy", base: at("fields") } },
    { channel: "wecom_app", config: { ...wecom, base: at("gives") } },
    { name: "app", channel: "wecom_app", config: { ...wecom, base: at("page") } },
    { channel: "ocp", config: { ...ocp, base: at("page"), alarm_type: "fenghuo_alert" } },
    { channel: "email", config: { ...mail, to: ["li@example.com"], tls: "none" } },
  ];
}

Deno.test("no log, answer, page, export or record tells a secret that a vendor repeats, however it is written", async (t) => {
  await using folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const vendor = stack.use(startEchoVendor({ token: SECRETS.given }));
  const relay = stack.use(await startRelay({ folder: folder.path }));
  const groups = Object.keys(ECHOES).map((how, at) => ({
    owner: "echo",
    level: how,
    members: ["li"],
    destinations: destinations(how, {
      url: vendor.url,
      port: stack.use(startEchoMail(how)).port,
      isOdd: at % 2 > 0,
    }),
  }));
  const members = [{
    id: "li",
    name: "Li",
    dingtalk: "user1",
    wecom: "LiLei",
    mobile: "13800000000",
    email: "li@example.com",
  }];
  const ask = asker(relay);
  for (
    const [what, value] of [
      ["members/li", members[0]],
      ...groups.map((group) => [`groups/echo/${group.level}`, group]),
    ] as [string, Tree][]
  ) {
    const { status, text } = await ask("PUT", `/api/config/${what}`, value);
    equal(status, 200, text);
  }
  const told: string[] = [];
  let hidden = 0;
  const look = (place: string, text: string): void => {
    hidden += text.split("***").length - 1;
    told.push(...secretsTold(text, FOUND).map((words) => `${place}: ${words}`));
  };

  await t.step("test messages", async () => {
    for (const { owner, level } of groups) {
      const { status, text } = await ask("POST", `/api/groups/${owner}/${level}/test`, {});
      equal(status, 200, text);
      look(`test of ${level}`, text);
    }
  });

  for (const { level } of groups) {
    const { status } = await ask(
      "POST",
      `/webhook/echo/${level}`,
      webhook({ labels: { alertname: `Echo ${level}` } }),
    );
    equal(status, 200);
    const address = encodeURIComponent(
      `${vendor.url}/${level}/page/robot/send?access_token=${SECRETS.adhoc}`,
    );
    await ask(
      "POST",
      `/prometheusalert?type=dd&ddurl=${address}`,
      webhook({ labels: { alertname: `Address ${level}` } }),
    );
  }
  let before = "";
  await eventually("the attempts to end", async () => {
    const { text } = await ask("GET", "/api/lanes");
    const isOver = text === before;
    before = text;
    return isOver;
  }, { within: 60_000, every: 1_500 });

  await t.step("answers and pages", async () => {
    const seen = new Set<string>();
    const queue = [
      "/",
      "/api/overview",
      "/api/lanes",
      "/api/config",
      "/api/config/export",
      "/settings/file/export",
      "/api/audit",
      "/api/targets",
      "/api/refusals",
      "/api/dead",
      "/api/deliveries?limit=200",
      "/api/alerts?limit=200",
      "/api/incidents",
      "/api/channels",
      "/api/ledger",
      "/api/members/failing",
      "/readyz",
      "/metrics",
      "/deliveries?state=pending",
      "/audit",
    ];
    while (queue.length > 0 && seen.size < 800) {
      const path = queue.shift()!;
      if (seen.has(path)) continue;
      seen.add(path);
      const { text, status } = await ask("GET", path);
      ok(status < 500, `${path}: ${status}`);
      look(path, text);
      const links = [...text.matchAll(/href="(\/[^"#]*)"/g)].map(([, href]) =>
        href!.replaceAll("&amp;", "&")
      );
      queue.push(...links.filter((href) => !/^\/(assets|api\/openapi|sign-out)/.test(href)));
      if (path.startsWith("/api/")) {
        for (const [, id] of text.matchAll(/"id":"([0-9A-HJKMNP-TV-Z]{26})"/g)) {
          queue.push(
            ...(path.includes("deliveries")
              ? [`/api/deliveries/${id}`, `/deliveries/${id}`]
              : path.includes("dead")
              ? [`/api/dead/${id}`]
              : path.startsWith("/api/alerts?")
              ? [`/api/alerts/${id}`, `/api/alerts/${id}/why`, `/alerts/${id}`]
              : []),
          );
        }
      }
    }
    ok(seen.size > 300, `${seen.size} addresses`);
  });

  await t.step("logs, tasks and files", async () => {
    look("stdout", relay.stdout);
    look("stderr", relay.stderr);
    await relay.stop();
    for await (const { name } of Deno.readDir(`${folder.path}/data`)) {
      const bytes = await Deno.readFile(`${folder.path}/data/${name}`);
      look(name, new TextDecoder("latin1").decode(bytes).replace(/[^\x20-\x7e\n]+/g, "\n"));
    }
  });
  equal(told, []);
  ok(hidden > 2_000, `the vendor's words were shown ${hidden} times`);
});

type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; text: string }>;

function asker({ url, adminPassword, intakeToken }: Greeting): Ask {
  return async (method, path, body) => {
    const isIntake = /^\/(webhook|prometheusalert)/.test(path);
    const isPage = !path.startsWith("/api/");
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      headers: {
        authorization: isIntake ? `Bearer ${intakeToken}` : `Basic ${btoa(`admin:${adminPassword}`)}`,
        ...isPage && !isIntake ? { accept: "text/html" } : {},
      },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    return { status: response.status, text: await response.text() };
  };
}
