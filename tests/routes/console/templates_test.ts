import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { SAMPLES } from "../../../relay/message/sample_entries.ts";
import { loadTemplates } from "../../../relay/message/templates.ts";
import { visitor } from "../../kit/console.ts";
import { temporaryFolder } from "../../kit/process.ts";
import { testRelay } from "../../kit/relay.ts";

const BUILT_IN = new URL("../../../templates/", import.meta.url);

const PATHS = ["message/title", "message/markdown", "message/text", "mail/alerts"];

Deno.test("every template is shown with every sample, in both languages, at each vendor with its size", async () => {
  await using house = await testRelay();
  const viewer = await visitor(house, "viewer");
  for (const sample of SAMPLES) {
    for (
      const [lang, word] of [["zh", "告警|恢复|对账"], ["en", "Firing|Resolved|firing|订单对账"]] as const
    ) {
      const { status, html } = await viewer.get(`/templates?alert=${sample}&lang=${lang}`);
      equal(status, 200);
      const digest = (path: string): string => path.replace("/", "/digest_");
      for (const path of PATHS.slice(1, 3)) {
        ok(html.includes(`<code>${sample === "digest" ? digest(path) : path}<`), path);
      }
      for (const name of ["dingtalk_robot", "wecom_robot", "feishu_robot", "email"]) {
        ok(html.includes(` data-channel="${name}">`), name);
      }
      match(html, new RegExp(word));
      match(html, /正文 [\d,]+ 字节，上限 [\d,]+/);
      ok(!/<script>alert|<img src=x|<b onclick/.test(html), "nothing of a value is markup");
      const mail = await viewer.get(`/templates/mail?alert=${sample}&lang=${lang}`);
      equal(mail.status, 200);
      match(mail.headers.get("content-security-policy")!, /default-src 'none'/);
      ok(!/<script>alert|<img src=x/.test(mail.html));
    }
  }
});

Deno.test("the links that a vendor shows as buttons are in its preview", async () => {
  await using house = await testRelay();
  const { html } = await (await visitor(house, "viewer")).get("/templates?alert=firing&lang=en");
  const slack = html.slice(html.indexOf('data-channel="slack"'));
  match(
    slack.slice(0, slack.indexOf("</article>")),
    /<p class="buttons"><a href="https:[^"]+"[^>]*>Runbook</,
  );
});

Deno.test("a real alert is shown as it would be notified, also a duplicate; one that is gone is 404", async () => {
  await using house = await testRelay();
  const viewer = await visitor(house, "viewer");
  for (let time = 0; time < 2; time++) {
    await house.accept({ labels: { alertname: "RealOne" } });
  }
  for (const { id } of await house.relay.store.log.newest(2)) {
    const { html } = await viewer.get(`/templates?alert=${id}`);
    match(html, /<h3 dir="auto">[^<]*RealOne/);
    match((await viewer.get(`/templates/mail?alert=${id}`)).html, /RealOne/);
  }
  equal((await viewer.get("/templates?alert=nothing")).status, 404);
  const stranger = await house.request("/templates/mail?alert=firing", { headers: { authorization: "" } });
  equal(stranger.status, 401);
  await stranger.body?.cancel();
});

Deno.test("the operator's file is named where it counts, and what is wrong with one is said", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/message`);
  await Deno.writeTextFile(`${folder.path}/message/markdown.eta`, "Mine: <%= it.name %>");
  await Deno.writeTextFile(`${folder.path}/message/text.eta`, "<% if ( %>");
  const templates = await loadTemplates({ builtIn: BUILT_IN, override: folder.path });
  await using house = await testRelay({ templates });
  const { html } = await (await visitor(house)).get("/templates?lang=en");
  ok(html.includes(`<code>${folder.path}/message/markdown.eta</code>`));
  ok(html.includes("<code>templates/message/text.eta</code>"));
  match(html, /Mine: HighCPU/);
  match(html, /Cannot use template &quot;message\/text\.eta&quot;|Cannot use template "message\/text\.eta"/);
});

Deno.test("samples name a pod with its namespace and not what watches it, and mention a re-send", async () => {
  await using house = await testRelay();
  const viewer = await visitor(house, "viewer");
  const shown = async (sample: string): Promise<string> =>
    (await viewer.get(`/templates?alert=${sample}&lang=zh`)).html;
  const still = await shown("still");
  match(still, /prod\/checkout-7d9f8b6c5-x2x4z/);
  match(still, /仍未恢复|持续告警/);
  const several = await shown("several");
  for (const name of ["checkout", "cart", "api"]) match(several, new RegExp(`${name}-7d9f8b6c5-x2x4z`));
  for (const html of [still, several]) ok(!html.includes("10.244.0.12"), "the address of what watches");
});

for (
  const [what, payload, words] of [
    [
      "Alertmanager's payload",
      JSON.stringify({
        alerts: [{
          status: "firing",
          labels: { alertname: "PastedOne" },
          annotations: { summary: "It burns <b>" },
        }],
      }),
      /PastedOne[^]*It burns &lt;b&gt;/,
    ],
    ["a list of Alertmanager's API", JSON.stringify([{ labels: { alertname: "PastedTwo" } }]), /PastedTwo/],
    ["labels", 'alertname="PastedThree"\nteam="ops"', /PastedThree/],
    [
      "an alarm of OCP",
      JSON.stringify({ alarmType: "ob_log", target: "ob_cluster=c1", name: "PastedFour" }),
      /PastedFour/,
    ],
  ] as const
) {
  Deno.test(`the templates are tried on what is pasted: ${what}`, async () => {
    await using house = await testRelay();
    const one = await visitor(house, "viewer");
    const { status, html } = await one.post("/templates", { payload, lang: "en" });
    equal(status, 200);
    match(html, words);
    match(html, /name="payload" hidden>/, "the mail is asked for with the same text");
    const mail = await one.post("/templates/mail", { payload, lang: "en" });
    match(mail.html, /Pasted/);
    equal((await house.relay.query.alerts.newest(5)).length, 0, "nothing is stored");
  });
}

for (
  const [payload, words] of [
    ["", /payload-error/],
    ["{", /payload-error/],
    ['{"alerts": [{"labels": 5}]}', /payload-error[^]*labels/],
    ["a b", /payload-error/],
    ["[]", /payload-error/],
    ['{"alerts": []}', /payload-error/],
  ] as const
) {
  Deno.test(`what is no alert is refused at the field: ${JSON.stringify(payload)}`, async () => {
    await using house = await testRelay();
    const { status, html } = await (await visitor(house)).post("/templates", { payload });
    equal(status, 422);
    match(html, words);
  });
}
