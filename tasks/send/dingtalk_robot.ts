import { UsageError } from "../_task.ts";
import type { SendDialect } from "./_dialect.ts";

const HELP = `deno task send dingtalk_robot [options]

Sends a message as programs post it to a DingTalk robot.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
  --text TEXT         the text of the message
  --markdown TITLE    send it as markdown with this title
  --robot TOKEN       the robot_token of a group; default the intake token, which names no group

The same text of the same type is the same alert: a second run folds into the open window.
A text that begins with HelloFenghuo is a test: its incident ends by itself after five minutes.

The intake token is FENGHUO_INTAKE_TOKEN, or what the relay's first start kept in data/secrets.json.`;

const dialect: SendDialect = {
  title: "a program that posts to a DingTalk robot",
  help: HELP,
  options: {
    text: { type: "string", default: "HelloFenghuo: the beacon is lit" },
    markdown: { type: "string" },
    robot: { type: "string" },
  },
  example: ({ text, markdown, robot }, { token = "" }) => {
    const accessToken = robot as string | undefined ?? token;
    if (accessToken === "") {
      throw new UsageError("there is no token: name one with --robot, or set FENGHUO_INTAKE_TOKEN");
    }
    return {
      path: `robot/send?access_token=${encodeURIComponent(accessToken)}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(
        markdown === undefined
          ? { msgtype: "text", text: { content: text } }
          : { msgtype: "markdown", markdown: { title: markdown, text } },
      ),
    };
  },
  accepted: (answer) => codeOf(answer) === 0 ? "Accepted: it answers errcode 0, as DingTalk does" : undefined,
  refused: (answer) => {
    const code = codeOf(answer);
    return code === undefined
      ? undefined
      : `answered errcode ${code}: ${(answer as { errmsg?: unknown }).errmsg}`;
  },
};

export default dialect;

function codeOf(answer: unknown): number | undefined {
  const { errcode } = Object(answer) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode : undefined;
}
