import { secretOf } from "../_secret.ts";
import { signOcp } from "../../routes/dialects/ocp/auth.ts";
import { pairsOf, UsageError } from "../_task.ts";
import type { Context, Example, OptionValues, SendDialect } from "./_dialect.ts";

const HELP = `deno task send ocp [options]

Pushes an alarm as OceanBase OCP's POST /api/v2/alarm/alarms takes it, and prints what the relay made of it.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
  --type TYPE         alarmType, the name of a rule; default hello_fenghuo
  --target TARGET     what it is about; default service=example
  --label NAME=VALUE  a label; may be given several times
  --level LEVEL       1 to 5, or a name such as 严重; default what the relay knows of the type, else 3
  --status STATUS     Active (default) or Inactive
  --name TEXT, --summary TEXT, --description TEXT
                      what people read
  --sign              log in with OCP's AK/SK signature instead of Basic

Alarms with the same type and target are the same: a second run folds into the open window, and one that is
Inactive ends it.

The user and the password, with --sign the access key and the secret key, are FENGHUO_OCP_USER and
FENGHUO_OCP_PASSWORD. Where they are not set it is any user, with the intake token as password:
FENGHUO_INTAKE_TOKEN, or what the relay's first start kept in data/secrets.json.`;

const PATH = "api/v2/alarm/alarms";

/** `refused`: a refusal in words; `undefined` for another dialect. */
const dialect: SendDialect & { refused(answer: unknown): string | undefined } = {
  title: "OceanBase OCP's alarm push",
  help: HELP,
  options: {
    type: { type: "string", default: "hello_fenghuo" },
    target: { type: "string", default: "service=example" },
    label: { type: "string", multiple: true, default: [] },
    level: { type: "string" },
    status: { type: "string", default: "Active" },
    name: { type: "string" },
    summary: { type: "string", default: "The beacon is lit" },
    description: { type: "string" },
    sign: { type: "boolean", default: false },
  },
  example,
  accepted,
  refused,
};

export default dialect;

async function example(values: OptionValues, { token, now }: Context): Promise<Example> {
  const { type: alarmType, target, level, name, summary, description } = values;
  const body = JSON.stringify({
    alarmType,
    target,
    labels: pairsOf("label", values.label as string[]),
    level: levelOf(level as string | undefined),
    status: statusOf(values.status as string),
    name,
    summary,
    description,
  });
  const user = Deno.env.get("FENGHUO_OCP_USER") || "fenghuo";
  const password = await secretOf("FENGHUO_OCP_PASSWORD") || token;
  const headers: Record<string, string> = { "content-type": "application/json", accept: "application/json" };
  if (values.sign) {
    if (password === undefined) {
      throw new UsageError("--sign needs a secret key: set FENGHUO_OCP_PASSWORD or FENGHUO_INTAKE_TOKEN");
    }
    headers.date = new Date(now).toUTCString();
    const request = {
      method: "POST",
      url: addressOf(values.to as string | undefined),
      headers: new Headers(headers),
      body,
    };
    headers.authorization = `OCP-ACCESS-KEY-HMACSHA1 ${user}:${await signOcp(request, password)}`;
  } else if (password !== undefined) {
    headers.authorization = `Basic ${base64Of(`${user}:${password}`)}`;
  }
  return { path: PATH, headers, body };
}

/** The address of the push, which a signature covers: `tasks/send.ts` derives it from `--to`. */
function addressOf(to = `http://localhost:${Deno.env.get("PORT") || 8000}`): string {
  return `${to.replace(/\/+$/, "")}/${PATH}`;
}

/** OCP uses the numbers 1 to 5; the relay's configuration may define other names. */
function levelOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^[\d.+-]+$/.test(text) || /^[1-5]$/.test(text)) return text;
  throw new UsageError(`--level is "${text}": it must be a number from 1 to 5, or a name such as 严重`);
}

function statusOf(text: string): "Active" | "Inactive" {
  if (text === "Active" || text === "Inactive") return text;
  throw new UsageError(`--status is "${text}": it must be Active or Inactive`);
}

function base64Of(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The envelope of an accepted push; see `eventOf` in `routes/dialects/ocp/push.ts`. */
function accepted(answer: unknown): string | undefined {
  const { successful, data } = Object(answer) as Record<string, unknown>;
  const { id, alarmType, target, status, level } = Object(data) as Record<string, unknown>;
  if (successful !== true || typeof id !== "string") return undefined;
  return `Accepted: ${alarmType} on ${target} is ${status}, level ${level}; its id is ${id}`;
}

/** The envelope of a refused push. */
function refused(answer: unknown): string | undefined {
  const { successful, status, error } = Object(answer) as Record<string, unknown>;
  const { code, message } = Object(error) as Record<string, unknown>;
  if (successful !== false || typeof message !== "string") return undefined;
  const said = `refused with ${status}, code ${code}: ${message}`;
  if (status !== 401) return said;
  return `${said}\nSet FENGHUO_OCP_USER and FENGHUO_OCP_PASSWORD as the relay has them, ` +
    "or FENGHUO_INTAKE_TOKEN to the token that it printed";
}
