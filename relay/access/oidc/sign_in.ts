import { once } from "../../base/once.ts";
import { roleByRules } from "../../domain/role_rules.ts";
import type { Identities } from "../identities.ts";
import type { Session } from "../session.ts";
import { beginPending, openPending, type PendingSignIn, sealPending } from "./pending.ts";
import { createProviderFetch, type ProviderFetch } from "./provider_fetch.ts";
import type { ProviderRefusal } from "./refusal.ts";
import type { OidcSettings } from "./settings.ts";

/** The options of {@linkcode ProviderSignIn}. */
export interface ProviderSignInOptions {
  /** Read at each use: the configuration may be replaced. */
  readonly secrets: () => { readonly key: string; readonly oidc: OidcSettings | undefined };
  /** Logs the reason why a sign-in failed, for the operator. */
  readonly warn: (words: string) => void;
  readonly fetch?: ProviderFetch | undefined;
}

/** A sign-in that has begun: the browser is redirected, with a cookie. */
export interface BegunSignIn {
  readonly kind: "begun";
  /** The address at the provider. */
  readonly address: string;
  readonly state: string;
  /** The cookie's value. */
  readonly sealed: string;
}

/** A sign-in that failed. `to`: the requested page, if it is known. */
export interface RefusedSignIn {
  readonly kind: "refused";
  /** `role`: the provider signed the person in, and no rule gives them a role. */
  readonly why: ProviderRefusal | "role";
  readonly to: string;
}

/** The result of a sign-in. `to`: the requested page. */
export type ProviderResult =
  | { readonly kind: "in"; readonly session: Session; readonly to: string }
  | RefusedSignIn;

/** Signs people in at the identity provider. */
export class ProviderSignIn {
  readonly #identities: Identities;
  readonly #options: ProviderSignInOptions;
  /** Loaded at the first sign-in, because the start does not need the library. */
  readonly #library = once(() => Promise.all([import("./provider.ts"), import("./refusal.ts")]));
  #provider: { readonly settings: OidcSettings; readonly provider: Provider } | undefined;

  constructor(identities: Identities, options: ProviderSignInOptions) {
    this.#identities = identities;
    this.#options = options;
  }

  /** The provider's display name; `undefined` without a provider. */
  get name(): string | undefined {
    return this.#options.secrets().oidc?.name;
  }

  /** Starts a sign-in. `to`: the path to open afterwards. */
  async begin(to: string, now: number): Promise<BegunSignIn | RefusedSignIn> {
    const { key, oidc } = this.#required();
    const pending = beginPending({ to, issuer: oidc.issuer }, now);
    return await this.#tried(pending, now, async (provider) => ({
      kind: "begun",
      address: await provider.begin(pending, now),
      state: pending.state,
      sealed: await sealPending(pending, { key }),
    }));
  }

  /**
   * Finishes a sign-in. `answer`: the parameters with which the provider redirected the browser; `sealed`: the cookie.
   *
   * @throws StoreError
   */
  async finish(
    { answer, sealed }: { answer: URLSearchParams; sealed: string | undefined },
    now: number,
  ): Promise<ProviderResult> {
    const { key, oidc } = this.#required();
    const pending = sealed === undefined ? undefined : await openPending(sealed, { key, now });
    if (pending === undefined || pending.issuer !== oidc.issuer || pending.state !== answer.get("state")) {
      return { kind: "refused", why: "stale", to: pending?.to ?? "" };
    }
    const claims = await this.#tried(pending, now, (provider) => provider.finish(answer, pending, now));
    if ("kind" in claims) return claims;
    const role = roleByRules(claims.values, oidc.roles);
    if (role === undefined) {
      this.#options.warn(
        `${oidc.name} signed in "${claims.user}", who gets no role: no value of the claim "${oidc.roleClaim}" is in ` +
          `FENGHUO_OIDC_ROLES (it has ${claims.values.length})`,
      );
      return { kind: "refused", why: "role", to: pending.to };
    }
    const session = await this.#identities.signIn({ ...claims, role }, { provider: oidc.name, now });
    return { kind: "in", session, to: pending.to };
  }

  async #tried<T>(
    { to }: PendingSignIn,
    now: number,
    step: (provider: Provider) => Promise<T>,
  ): Promise<T | RefusedSignIn> {
    const [, { refusalOf }] = await this.#library();
    const provider = await this.#current();
    try {
      return await step(provider);
    } catch (error) {
      provider.failed(now);
      const { why, words } = refusalOf(error);
      this.#options.warn(`Cannot sign in with ${this.#required().oidc.name}: ${words}`);
      return { kind: "refused", why, to };
    }
  }

  async #current(): Promise<Provider> {
    const { oidc } = this.#required();
    const [{ OidcProvider }] = await this.#library();
    if (this.#provider?.settings !== oidc) {
      const { fetch = createProviderFetch() } = this.#options;
      this.#provider = { settings: oidc, provider: new OidcProvider(oidc, { fetch }) };
    }
    return this.#provider.provider;
  }

  #required(): { key: string; oidc: OidcSettings } {
    const { key, oidc } = this.#options.secrets();
    if (oidc === undefined) throw new Error("Cannot sign in at a provider: FENGHUO_OIDC_ISSUER is not set");
    return { key, oidc };
  }
}

type Provider = InstanceType<typeof import("./provider.ts").OidcProvider>;
