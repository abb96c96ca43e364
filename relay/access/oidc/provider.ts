import * as oauth from "oauth4webapi";
import { systemClock } from "../../base/clock.ts";
import type { ProviderClaims } from "../../domain/provider_identity.ts";
import { type Claims, nameIn, userOf, valuesOf } from "./claims.ts";
import type { PendingSignIn } from "./pending.ts";
import type { ProviderFetch } from "./provider_fetch.ts";
import { CALLBACK_PATH, isTrustworthy, type OidcSettings } from "./settings.ts";

/** The cache time of the provider's metadata, in milliseconds. */
const MAX_METADATA_AGE = 60 * 60_000;

/** After a failed sign-in, metadata that is older than this is read again, in milliseconds. */
const MIN_METADATA_AGE = 60_000;

/** The addresses in the metadata that a sign-in needs. */
const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const;

/** Our choice: the seconds by which the provider's clock may differ from the relay's. */
const CLOCK_TOLERANCE = 30;

/** The library's function for sending requests. */
interface Options {
  readonly [oauth.customFetch]: ProviderFetch;
  readonly [oauth.allowInsecureRequests]: true;
}

/** The client of an identity provider. The library implements the protocol, and checks every answer. */
export class OidcProvider {
  readonly #settings: OidcSettings;
  readonly #fetch: ProviderFetch;
  #discovery: Promise<oauth.AuthorizationServer> | undefined;
  /** The library caches the provider's keys with `value`, for five minutes. */
  #metadata: { readonly at: number; readonly value: oauth.AuthorizationServer } | undefined;

  constructor(settings: OidcSettings, { fetch }: { fetch: ProviderFetch }) {
    this.#settings = settings;
    this.#fetch = fetch;
  }

  /** The address at the provider where a sign-in begins. @throws ProviderUnreachable, OperationProcessingError */
  async begin({ state, nonce, verifier }: PendingSignIn, now: number): Promise<string> {
    const { authorization_endpoint: endpoint } = await this.#metadataAt(now);
    const { clientId, scope } = this.#settings;
    const url = new URL(endpoint!); // `#discover` has checked it
    const params = {
      response_type: "code",
      client_id: clientId,
      redirect_uri: this.#redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Checks the parameters with which the provider redirected the browser, exchanges the code for an ID token, and checks the
   * token.
   *
   * @throws ProviderUnreachable, and the library's errors
   */
  async finish(
    answer: URLSearchParams,
    { state, nonce, verifier }: PendingSignIn,
    now: number,
  ): Promise<ProviderClaims> {
    const { roleClaim } = this.#settings;
    const server = await this.#metadataAt(now);
    const client = this.#client(now);
    const params = oauth.validateAuthResponse(server, client, answer, state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      this.#authentication(server),
      params,
      this.#redirectUri,
      verifier,
      this.#options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    // OpenID Connect does not require this check for a token that came over TLS; a proxy may have ended the TLS.
    await oauth.validateApplicationLevelSignature(server, response, this.#options);
    const claims: oauth.IDToken = oauth.getValidatedIdTokenClaims(tokens)!;
    const more = userOf(claims) === undefined || valuesOf(claims, roleClaim) === undefined
      ? await this.#userInfo(server, client, { token: tokens.access_token, subject: claims.sub })
      : {};
    return {
      issuer: claims.iss,
      subject: claims.sub,
      user: userOf(claims) ?? userOf(more) ?? nameIn(claims.sub) ?? "?",
      values: valuesOf(claims, roleClaim) ?? valuesOf(more, roleClaim) ?? [],
    };
  }

  async #userInfo(
    server: oauth.AuthorizationServer,
    client: oauth.Client,
    { token, subject }: { token: string; subject: string },
  ): Promise<Claims> {
    if (server.userinfo_endpoint === undefined) return {};
    const response = await oauth.userInfoRequest(server, client, token, this.#options);
    const claims = await oauth.processUserInfoResponse(server, client, subject, response);
    if (response.headers.get("content-type")?.startsWith("application/jwt")) {
      await oauth.validateApplicationLevelSignature(server, response, this.#options);
    }
    return claims;
  }

  /** Called after a failed sign-in: the provider may have changed its metadata. */
  failed(now: number): void {
    if (this.#metadata !== undefined && now - this.#metadata.at >= MIN_METADATA_AGE) {
      this.#metadata = undefined;
    }
  }

  async #metadataAt(now: number): Promise<oauth.AuthorizationServer> {
    const cached = this.#metadata;
    if (cached !== undefined && now - cached.at < MAX_METADATA_AGE) return cached.value;
    // Concurrent sign-ins share one request.
    const value = await (this.#discovery ??= this.#discover().finally(() => this.#discovery = undefined));
    this.#metadata = { at: now, value };
    return value;
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.#settings.issuer);
    const response = await oauth.discoveryRequest(issuer, this.#options);
    const metadata = await oauth.processDiscoveryResponse(issuer, response);
    for (const name of ENDPOINTS) {
      const address = metadata[name];
      if (address === undefined || !isTrustworthy(address)) throw new Error(`it names no ${name} over HTTPS`);
    }
    return metadata;
  }

  #authentication(
    { token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer,
  ): oauth.ClientAuth {
    const { clientSecret } = this.#settings;
    if (clientSecret === undefined) return oauth.None();
    const isPostOnly = methods?.includes("client_secret_post") && !methods.includes("client_secret_basic");
    return isPostOnly ? oauth.ClientSecretPost(clientSecret) : oauth.ClientSecretBasic(clientSecret);
  }

  #client(now: number): oauth.Client {
    return {
      client_id: this.#settings.clientId,
      [oauth.clockTolerance]: CLOCK_TOLERANCE,
      ...this.#skew(now),
    };
  }

  /** The seconds by which the relay's clock is ahead of the system's, which the library reads. */
  #skew(now: number): { [oauth.clockSkew]: number } {
    return { [oauth.clockSkew]: Math.round((now - systemClock.now()) / 1_000) };
  }

  get #options(): Options {
    return {
      [oauth.customFetch]: this.#fetch,
      // Only for HTTP on this machine: `isTrustworthy` checks the address of every request.
      [oauth.allowInsecureRequests]: true,
    };
  }

  get #redirectUri(): string {
    return this.#settings.publicUrl + CALLBACK_PATH;
  }
}
