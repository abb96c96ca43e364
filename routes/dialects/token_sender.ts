import type { Context } from "hono";
import { sameSecret } from "../../relay/base/same_secret.ts";
import type { RobotDoor } from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { credentialsIn, INTAKE_TOKEN, OPEN_INTAKE, refusePages } from "../http/auth.ts";
import type { RequestError } from "../http/errors.ts";
import { setSender } from "../http/refused.ts";

/** The sender that a token proves. */
export interface TokenSender {
  readonly name: string;
  /** The group that has the token as its robot's; without one the rules decide. */
  readonly group?: string;
  /** The robot that has the token. */
  readonly robot?: RobotDoor;
}

/**
 * The sender of a request to an address of another product. Its token is a group's `robot_token`, the intake token, or an API
 * token for the door `in`. An open intake accepts any token, and none.
 *
 * @param tokens the spellings that the token may have; empty without a token
 * @param canSign whether the caller checks the signature of a robot with a secret; such a robot cannot be used unsigned
 * @returns `undefined` for an unknown token @throws RequestError 403 · StoreError
 */
export async function senderOf(
  request: Request,
  tokens: readonly string[],
  { query: { config, clock }, commands: { access } }: Relay,
  { canSign = false }: { canSign?: boolean } = {},
): Promise<TokenSender | undefined> {
  const isBasic = credentialsIn(request.headers.get("authorization") ?? "")?.user !== undefined;
  if (isBasic) refusePages(request); // a browser adds Basic credentials by itself
  const isSent = (secret: string): boolean => tokens.some((token) => sameSecret(secret, token));
  // Every token is compared, so that the time does not reveal which one matched.
  const [robot] = config.robots.filter(({ token, secret }) =>
    (secret === undefined || canSign) && isSent(token)
  );
  if (robot !== undefined) return { name: `robot of ${robot.group}`, group: robot.group, robot };
  if (isSent(config.intakeToken)) return { name: INTAKE_TOKEN };
  for (const text of tokens.filter((token) => access.isToken(token))) {
    const token = await access.ofToken(text, clock.now());
    if (token?.scope === "intake" && (token.doors?.includes("in") ?? true)) {
      return { name: `token ${token.name}` };
    }
  }
  if (!config.openIntake) return undefined;
  refusePages(request);
  return { name: OPEN_INTAKE };
}

/** The sender from {@linkcode senderOf}, recorded for refusals; for an unknown token the result of `unknown`. */
export async function requireSender(
  c: Context,
  tokens: readonly string[],
  { relay, unknown }: { relay: Relay; unknown: () => RequestError },
): Promise<TokenSender> {
  const sender = await senderOf(c.req.raw, tokens, relay);
  if (sender === undefined) throw unknown();
  setSender(c, sender.name, sender.group);
  return sender;
}
