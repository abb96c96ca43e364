/**
 * A browser for the console's own logic: it keeps cookies, requests pages, and posts forms with their token.
 *
 * @module
 */
import { SECRETS, type TestRelay } from "./relay.ts";

/** A page's answer. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

/** A browser without a window. */
export class Visitor {
  readonly #house: TestRelay;
  readonly cookies = new Map<string, string>();
  /** The headers that it sends with each request, in addition to a browser's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address that it connects from. */
  readonly remote: string;

  constructor(
    house: TestRelay,
    headers: Readonly<Record<string, string>> = {},
    { remote = "192.0.2.1" }: { remote?: string } = {},
  ) {
    this.#house = house;
    this.headers = headers;
    this.remote = remote;
  }

  /** Request an address; redirects are not followed. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return await this.#ask(path, { headers });
  }

  /** Post the form of the page at `from`, with its token. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>> | [string, string][],
    { token, headers = {} }: { token?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Page> {
    const body = new URLSearchParams(fields as Record<string, string>);
    const own = token ?? await this.formToken();
    if (own !== "") body.set("form_token", own);
    return await this.#ask(path, {
      method: "POST",
      body,
      headers: { "sec-fetch-site": "same-origin", ...headers },
    });
  }

  /** The token of this session's forms; empty without a signed-in user. */
  async formToken(): Promise<string> {
    const { html } = await this.get("/settings/password");
    return /name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? "";
  }

  /** Sign in; as the administrator unless another user is named. */
  async signIn(
    { name = "admin", password = SECRETS.adminPassword, to = "" }: {
      name?: string;
      password?: string;
      to?: string;
    } = {},
  ): Promise<Page> {
    return await this.post("/sign-in", { name, password, to }, { token: "" });
  }

  async #ask(path: string, { headers, ...init }: RequestInit): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await this.#house.request(path, {
      remote: this.remote,
      ...init,
      headers: {
        accept: "text/html,application/xhtml+xml",
        authorization: "",
        ...cookie ? { cookie } : {},
        ...this.headers,
        ...headers as Record<string, string>,
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/max-age=0/i.test(line)) this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return { status: response.status, headers: response.headers, html: await response.text() };
  }
}

/** A signed-in user with this role. */
export async function visitor(
  house: TestRelay,
  role: "admin" | "operator" | "viewer" = "admin",
): Promise<Visitor> {
  const one = new Visitor(house);
  const name = role === "admin" ? "admin" : `some-${role}`;
  const password = role === "admin" ? SECRETS.adminPassword : "a long password";
  if (role !== "admin") {
    await house.relay.access.addAccount({ name, role, password }, { by: "a test", now: house.clock.now() });
  }
  const { status, html } = await one.signIn({ name, password });
  if (status !== 303) throw new Error(`Cannot sign in: ${status} ${html}`);
  return one;
}
