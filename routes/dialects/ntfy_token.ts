import { sameSecret } from "../../relay/base/same_secret.ts";
import type { RobotDoor } from "../../relay/config/mod.ts";
import { credentialsIn } from "../http/auth.ts";

/** The access token of a request to ntfy, as Bearer, as the password of Basic, or in `?auth=`. */
export function ntfyTokenOf({ headers, url }: Request): string | undefined {
  const header = headers.get("authorization") || decodedAuth(new URL(url).searchParams.get("auth"));
  return credentialsIn(header)?.password;
}

/** Whether a group's robot sends a request as to ntfy: at `/` such a request is a message, and no payload of Alertmanager. */
export function isNtfyRobot(request: Request, robots: readonly RobotDoor[]): boolean {
  const token = ntfyTokenOf(request);
  return token !== undefined && robots.some((robot) => sameSecret(robot.token, token));
}

/** `?auth=` holds a whole header in base64: https://docs.ntfy.sh/publish/#query-param */
function decodedAuth(text: string | null): string {
  try {
    return text === null ? "" : atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
