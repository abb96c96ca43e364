import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { startFake } from "../../../simulator/testing.ts";
import { loadPlugin, withConfig } from "../../../tasks/channel/_plugin.ts";
import { ROOT, temporaryFolder } from "../../kit/process.ts";
import { type Ran, runTask } from "../../kit/task.ts";

const ROBOT = `${ROOT}channels/wecom_robot.ts`;
const KEY = "A0/+=&%23 cd";

const channel = async (args: readonly string[], env = {}): Promise<Ran> => {
  await using folder = await temporaryFolder();
  return await runTask("channel", args, { folder: folder.path, env });
};

Deno.test("try --dry shows the request, its sizes and the verdict, without the secret", async () => {
  const { code, stdout } = await channel(["try", ROBOT, "--dry", "--alert", "long"]);
  equal(code, 0);
  match(stdout, /^POST https:\/\/qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/send\?key=\*\*\*$/m);
  match(stdout, /^limits\.body\.\w+: [\d,]+ of [\d,]+$/m);
  match(stdout, /^verdict: delivered: ok$/m);
  doesNotMatch(stdout, /A0|%2F%2B/);
});

Deno.test("try sends with a config from a file, and says what a refusal means and what to do", async () => {
  await using folder = await temporaryFolder();
  const robot = await loadPlugin(ROBOT);
  await using vendor = await startFake(await withConfig(robot, undefined));
  const config = `${folder.path}/c.yaml`;
  await Deno.writeTextFile(config, `key: "\${ROBOT_KEY}"\nbase: ${vendor.url}\n`);

  const right = await channel(["try", ROBOT, "--config", config], { ROBOT_KEY: KEY });
  equal([right.code, vendor.messages.length], [0, 1], right.stderr);
  const wrong = await channel(["try", ROBOT, "--config", config, "--english"], { ROBOT_KEY: "another" });
  equal([wrong.code, vendor.messages.length], [1, 1]);
  match(wrong.stdout, /verdict: refused config: 93000 invalid webhook url\n.*; .*robot/);
  const missing = await channel(["try", ROBOT, "--config", config]);
  match(missing.stderr, /Cannot try the channel: .*no config of "wecom_robot":\n.*ROBOT_KEY/);
});
