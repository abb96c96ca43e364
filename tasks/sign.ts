/**
 * `deno task sign`: explains the signature of an alarm_v2 call: the string, the signature, and the JSON ready to
 * send.
 *
 * @module
 */
import type { Department } from "../relay/config/mod.ts";
import { secretOf } from "./_secret.ts";
import { alarmV2String, signAlarmV2 } from "../relay/domain/signature.ts";
import { print, runTask, UsageError } from "./_task.ts";
import { readDepartments } from "./send/alarm_v2.ts";

const HELP = `deno task sign [JSON]

Shows how the parameters of an alarm_v2 call are signed: the string that is signed, the signature, and, as the
last line, the JSON that is ready to send. Without an argument the JSON is read from the standard input.

  deno task sign '{"id": "default", "level": "default", "dep": "default", "env": "dev", "alert_level": "高",
    "alert_time": "2018-09-11 19:24:45", "alert_business": "du_dna_servers"}'

A "sign" that is there already is compared, and replaced. The department's secret is that of FENGHUO_CONFIG, or
of ./fenghuo.yaml. Where no department is configured there is one, "default", whose secret is the intake token:
FENGHUO_INTAKE_TOKEN, or what the relay's first start kept in data/secrets.json. It is never shown.`;

/** Replaces the secret in the output: it is never printed. */
const SECRET = "<the department's secret>";

/** An object that cannot be signed. The message names its error. */
class ObjectError extends Error {}

if (import.meta.main) {
  await runTask({
    name: "deno task sign",
    action: "sign",
    help: HELP,
    options: {},
    words: Infinity,
    run: ({ positionals: [json, ...more] }) => {
      if (more.length > 0) {
        throw new UsageError("there is more than one argument: put the whole JSON in single quotes");
      }
      return sign(json);
    },
  });
}

async function sign(json: string | undefined): Promise<number> {
  const parameters = parametersIn(json ?? await standardInput());
  const token = await secretOf("FENGHUO_INTAKE_TOKEN");
  const departments = await readDepartments(Deno.env.toObject(), { token });
  print(explain(parameters, departmentOf(parameters, departments)));
  return 0;
}

async function standardInput(): Promise<string> {
  if (Deno.stdin.isTerminal()) throw new UsageError("give the JSON as an argument, or on the standard input");
  return await new Response(Deno.stdin.readable).text();
}

/** @throws ObjectError */
function parametersIn(text: string): Readonly<Record<string, string>> {
  if (text.trim() === "") throw new ObjectError("it is not JSON: it is empty");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ObjectError(`it is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ObjectError(`it is ${kindOf(value)}: write the parameters as one object`);
  }
  const wrong = Object.entries(value).filter(([name, one]) => name !== "sign" && typeof one !== "string");
  if (wrong.length === 0) return value as Record<string, string>;
  const words = wrong.map(([name, one]) => `${name} is ${kindOf(one)}`).join(", ");
  throw new ObjectError(`${words}: every value must be a string, in double quotes`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** @throws ObjectError */
function departmentOf(
  { dep }: Readonly<Record<string, string>>,
  departments: ReadonlyMap<string, Department>,
): Department {
  const known = [...departments.keys()].join(", ");
  if (dep === undefined) {
    throw new ObjectError(`dep is missing, which names the department that signs; there is ${known}`);
  }
  const department = departments.get(dep);
  if (department !== undefined) return department;
  throw new ObjectError(`dep is "${dep}", which is no department here; there is ${known}`);
}

/** The output. While a department rotates its secret, each of its signatures is valid. */
function explain(parameters: Readonly<Record<string, string>>, { secrets }: Department): string {
  const { sign: given, ...rest } = parameters;
  const signatures = secrets.map((secret) => signAlarmV2(rest, secret));
  const [first, ...others] = signatures;
  return [
    `In the ASCII order of their names: ${Object.keys(rest).sort().join(", ")}`,
    "The string that is signed:",
    alarmV2String(rest) + SECRET,
    `Its MD5, the signature: ${first}`,
    ...others.map((signature) => `With another secret of the department: ${signature}`),
    ...given === undefined ? [] : [compared(given, signatures)],
    "Ready to send:",
    JSON.stringify({ ...rest, sign: first }),
  ].join("\n");
}

function compared(given: unknown, signatures: readonly string[]): string {
  const isRight = typeof given === "string" && signatures.includes(given.toLowerCase());
  return `The object's own sign, ${JSON.stringify(given)}, is ${isRight ? "right" : "wrong"}`;
}
