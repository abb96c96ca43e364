import { sameSecret } from "../base/same_secret.ts";
import { LoginThrottle } from "./login_throttle.ts";

/** The name of the built-in account. */
export const BUILT_IN = "admin";

/** Wrong passwords before the first wait: programs send one with each request. */
const FREE = 20;

/** The built-in account. Its password comes from the environment, so no store is needed to check it. */
export class BuiltInAccount {
  readonly #throttle = new LoginThrottle({ free: FREE });
  readonly #password: () => string;

  /** `password` is read at each use: the configuration may be replaced. */
  constructor(password: () => string) {
    this.#password = password;
  }

  /** Authenticates a program with the password, which it sends with each request. Wrong guesses throttle `address`. */
  authenticate(
    { name = BUILT_IN, password, address }: { name?: string; password: string; address: string },
    now: number,
  ): { role: "admin" } | { wait: number } | undefined {
    const login = this.#throttle.begin({ account: name, client: address }, now);
    if ("wait" in login) return login;
    if (name !== BUILT_IN || !sameSecret(password, this.#password())) return undefined;
    login.succeeded();
    return { role: "admin" };
  }
}
