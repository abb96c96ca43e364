import { DAY } from "../base/duration.ts";
import { sha256Hex } from "../base/hash.ts";
import { mac } from "../base/mac.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import { nameAt, type ProviderClaims, type ProviderIdentity } from "../domain/provider_identity.ts";
import type { Role } from "../domain/role.ts";
import type { Audit } from "../store/audit.ts";
import type { Identities as StoredIdentities } from "../store/identities.ts";
import type { OidcSettings } from "./oidc/settings.ts";
import { beginSession, type Session } from "./session.ts";

/** The lifetime of a sign-in's record, in milliseconds: longer than any session. */
const LIFETIME = 90 * DAY;

/** The options of {@linkcode Identities}. */
export interface IdentitiesOptions {
  /** Read at each use: the configuration may be replaced. */
  readonly secrets: () => { readonly key: string; readonly oidc: OidcSettings | undefined };
}

/** The people who sign in at the identity provider, and their sessions. */
export class Identities {
  readonly #store: StoredIdentities;
  readonly #audit: Audit;
  readonly #secrets: IdentitiesOptions["secrets"];

  constructor(
    { identities, audit }: { identities: StoredIdentities; audit: Audit },
    { secrets }: IdentitiesOptions,
  ) {
    this.#store = identities;
    this.#audit = audit;
    this.#secrets = secrets;
  }

  /** Records a sign-in, and begins its session. The first sign-in and a new name or role are audited. @throws StoreError */
  async signIn(
    { issuer, subject, user, role }: Pick<ProviderClaims, "issuer" | "subject" | "user"> & { role: Role },
    { provider, now }: { provider: string; now: number },
  ): Promise<Session> {
    const id = sha256Hex(`${issuer}\n${subject}`, 16);
    const before = await this.#store.get(id);
    const identity: ProviderIdentity = {
      id,
      issuer,
      subject,
      name: nameAt(provider, user),
      role,
      firstSignInAt: before?.firstSignInAt ?? now,
      lastSignInAt: now,
      until: now + LIFETIME,
    };
    await this.#store.put(identity, now);
    const { name } = identity;
    const note: Pick<AuditNote, "by" | "what"> = { by: name, what: `identities/${id}` };
    if (before === undefined) {
      await this.#audit.note({ ...note, action: "added", after: { name, role, subject } });
    } else if (before.role !== role || before.name !== name) {
      await this.#audit.note({
        ...note,
        action: "changed",
        before: { name: before.name, role: before.role },
        after: { name, role },
      });
    }
    return beginSession({ account: name, identity: id, stamp: this.#stampOf(identity) }, now);
  }

  /** The role of a session; `undefined` if it has ended. @throws StoreError */
  async roleOf(session: Session & { identity: string }): Promise<Role | undefined> {
    const { identity, ended } = await this.#store.ofSession(session);
    if (ended || identity === undefined || identity.issuer !== this.#secrets().oidc?.issuer) return undefined;
    return session.stamp === this.#stampOf(identity) ? identity.role : undefined;
  }

  /** Removes a person's record, and ends their sessions. They may sign in again. @returns `false` if there is none @throws StoreError */
  async remove(id: string, { by }: { by: string }): Promise<boolean> {
    const identity = await this.#store.get(id);
    if (identity === undefined) return false;
    const { name, role } = identity;
    await this.#store.remove(id);
    await this.#audit.note({ by, action: "removed", what: `identities/${id}`, before: { name, role } });
    return true;
  }

  /** A digest in the identity's sessions: a new role, changed rules, or a removed record ends them. */
  #stampOf({ role, firstSignInAt }: ProviderIdentity): string {
    const { key, oidc } = this.#secrets();
    const rules = oidc && [...oidc.roles.byValue, oidc.roles.otherwise ?? null];
    const text = JSON.stringify([role, firstSignInAt, oidc?.roleClaim, rules]);
    return mac(text, { key, purpose: "identity stamp" }).slice(0, 16);
  }
}
