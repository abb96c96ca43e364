/**
 * A real identity provider on loopback (`oidc-provider`), whose answers a test may change in transit.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Provider } from "oidc-provider";

/** The claims of a user's ID token or userinfo, in addition to `sub`, which is the login name. */
export type UserClaims = Readonly<Record<string, unknown>>;

/** The answer of the token endpoint. */
export interface Tokens {
  id_token?: string;
  readonly [name: string]: unknown;
}

/** An identity provider that runs. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The users with claims, by login name. Any other user has no further claims. */
  readonly users: Map<string, UserClaims>;
  /** The requested paths. */
  readonly asked: string[];
  /** Changes the answer of the token endpoint, if set. */
  tamper: ((tokens: Tokens) => Tokens | Promise<Tokens>) | undefined;
  /** Changes the answer at a path, if it returns one. */
  answer: ((path: string) => { status: number; body: string; delay?: Promise<void> } | undefined) | undefined;
  /** The settings of a relay with this public address. */
  env(publicUrl: string): Record<string, string>;
  /** A token with these claims and this header, signed by the provider's own key unless another is given. */
  sign(claims: object, options?: { header?: object; key?: CryptoKey; secret?: string }): Promise<string>;
  /** Signs in as a user with a browser that starts at `address`. @returns the provider's final redirect */
  visit(address: string, user: string): Promise<string>;
}

/** The options of a provider. */
export interface TestProviderOptions {
  readonly users?: Readonly<Record<string, UserClaims>>;
  /** The allowed redirect URIs. */
  readonly redirectUris: readonly string[];
  /** Whether the claims are also in the ID token; the specification has them in userinfo only. */
  readonly inIdToken?: boolean;
  /** Further settings of the package. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** The package has no types. */
const Implementation = Provider as unknown as new (issuer: string, configuration: object) => {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
};

const CLIENT_ID = "fenghuo";
const CLIENT_SECRET = "client secret with +/=&%";
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

/** Starts a provider on loopback. */
export async function startProvider(
  { users = {}, redirectUris, inIdToken = true, configuration = {} }: TestProviderOptions,
): Promise<TestProvider> {
  const keys = await newKey();
  const { key_ops: _, ext: __, ...exported } = await crypto.subtle.exportKey("jwk", keys.privateKey);
  const jwk = { ...exported, kid: "one", use: "sig", alg: "RS256" };
  const known = new Map(Object.entries(users));
  const asked: string[] = [];
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Implementation(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: redirectUris }],
    jwks: { keys: [jwk] },
    cookies: { keys: ["a key of the test"] },
    conformIdTokenClaims: !inIdToken,
    claims: {
      profile: ["preferred_username", "name"],
      email: ["email", "email_verified"],
      groups: ["groups", "realm_access", "https://example.com/roles"],
    },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
    findAccount: (_: unknown, sub: string) => ({
      accountId: sub,
      claims: () => Promise.resolve({ sub, ...known.get(sub) }),
    }),
    ...configuration,
  });
  const handle = provider.callback();
  const running: TestProvider = {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    users: known,
    asked,
    tamper: undefined,
    answer: undefined,
    env: (publicUrl) => ({
      FENGHUO_PUBLIC_URL: publicUrl,
      FENGHUO_OIDC_ISSUER: issuer,
      FENGHUO_OIDC_CLIENT_ID: CLIENT_ID,
      FENGHUO_OIDC_CLIENT_SECRET: CLIENT_SECRET,
      FENGHUO_OIDC_NAME: "Example SSO",
      FENGHUO_OIDC_SCOPES: "openid profile email groups",
      FENGHUO_OIDC_ROLES: "sre=admin, on-call=operator, staff=viewer",
    }),
    sign: async (claims, { header = {}, key = keys.privateKey, secret } = {}) =>
      await signed(claims, {
        header: { alg: "RS256", kid: "one", ...header },
        key: secret === undefined ? key : await sharedKey(secret),
      }),
    visit: (address, user) => walk(address, { user, issuer }),
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  server.on("request", async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url!.split("?")[0]!;
    asked.push(path);
    const own = running.answer?.(path);
    if (own !== undefined) {
      await own.delay;
      response.writeHead(own.status, { "content-type": "application/json" }).end(own.body);
      return;
    }
    if (path === "/token" && running.tamper) tampered(response, running.tamper);
    handle(request, response);
  });
  return running;
}

/** A new key for RS256. */
export async function newKey(): Promise<CryptoKeyPair> {
  const algorithm = { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  return await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
}

async function sharedKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** The claims of a token. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(token.split(".")[1]!, URL_SAFE)));
}

/** A token without a signature. */
export function unsigned(claims: object, header: object = { alg: "none" }): string {
  return `${part(header)}.${part(claims)}.`;
}

const URL_SAFE = { alphabet: "base64url", omitPadding: true } as const;

function part(value: object): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64(URL_SAFE);
}

async function signed(claims: object, { header, key }: { header: object; key: CryptoKey }): Promise<string> {
  const text = `${part(header)}.${part(claims)}`;
  const signature = await crypto.subtle.sign(key.algorithm.name, key, new TextEncoder().encode(text));
  return `${text}.${new Uint8Array(signature).toBase64(URL_SAFE)}`;
}

/** Changes the provider's answers before they are sent. */
function tampered(response: ServerResponse, tamper: NonNullable<TestProvider["tamper"]>): void {
  const end = response.end.bind(response) as (body: string) => void;
  response.end = ((body: string) => {
    const tokens = JSON.parse(String(body)) as Tokens;
    Promise.resolve(tokens.id_token === undefined ? tokens : tamper(tokens)).then((changed) => {
      const text = JSON.stringify(changed);
      response.setHeader("content-length", new TextEncoder().encode(text).length);
      end(text);
    });
    return response;
  }) as typeof response.end;
}

/** The pages of the provider, in a browser's order: sign in, consent, and back. */
async function walk(
  address: string,
  { user, issuer }: { user: string; issuer: string },
): Promise<string> {
  const cookies = new Map<string, string>();
  let next = address;
  let form: URLSearchParams | undefined;
  for (let steps = 0; steps < 12; steps++) {
    const response = await fetch(next, {
      redirect: "manual",
      headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
      ...form && { method: "POST", body: form },
    });
    const html = await response.text();
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get("location");
    form = undefined;
    if (location !== null) {
      next = new URL(location, next).href;
      if (!next.startsWith(`${issuer}/`)) return next;
      continue;
    }
    const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1];
    if (prompt === undefined) {
      throw new Error(`The provider shows no form at ${next}: ${response.status} ${html}`);
    }
    form = new URLSearchParams({ prompt, ...prompt === "login" ? { login: user, password: "any" } : {} });
    next = new URL(/action="([^"]+)"/.exec(html)![1]!, next).href;
  }
  throw new Error("The provider leads nowhere");
}
