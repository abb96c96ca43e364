import { defined } from "../base/defined.ts";
import { sha256Hex } from "../base/hash.ts";
import { nodeCrypto } from "../base/node_crypto.ts";
import { sameSecret } from "../base/same_secret.ts";
import type { WallLink, WallOptions } from "../domain/wall_link.ts";
import type { Audit } from "../store/audit.ts";
import type { WallLinks } from "../store/wall_links.ts";
import type { By } from "./access.ts";

/** The time of a link's last use is written at most this often, in milliseconds. */
const USE_NOTED_EVERY = 5 * 60_000;

const SECRET = /^wall_([0-9a-f]{16})_[\w-]{43}$/;

/** Links to the wall. A holder can read the wall and nothing else. */
export class WallAccess {
  readonly #links: WallLinks;
  readonly #audit: Audit;

  constructor({ wallLinks, audit }: { wallLinks: WallLinks; audit: Audit }) {
    this.#links = wallLinks;
    this.#audit = audit;
  }

  /** Creates a link. @returns its record, and the secret, which cannot be shown again. @throws StoreError */
  async issue(
    { name, groups, ...rest }: WallOptions & { readonly name: string },
    { by, now }: By,
  ): Promise<{ link: WallLink; secret: string }> {
    const { randomBytes } = nodeCrypto();
    const options: WallOptions = { ...rest, groups: [...new Set(groups)] };
    const id = randomBytes(8).toString("hex");
    const secret = `wall_${id}_${randomBytes(32).toString("base64url")}`;
    const link: WallLink = defined({
      id,
      name,
      ...options,
      hash: sha256Hex(secret),
      createdBy: by,
      createdAt: now,
    });
    await this.#links.add(link);
    await this.#audit.note({ by, action: "added", what: `walls/${id}`, after: { name, ...options } });
    return { link, secret };
  }

  /** Finds the link of a secret, unless it was revoked, and records its use. @throws StoreError */
  async ofSecret(secret: string, now: number): Promise<WallLink | undefined> {
    const [, id] = SECRET.exec(secret) ?? [];
    const link = id === undefined ? undefined : await this.#links.get(id);
    if (!link || !sameSecret(sha256Hex(secret), link.hash)) return undefined;
    if (now - (link.lastSeenAt ?? 0) >= USE_NOTED_EVERY) {
      await this.#links.seen(link.id, now).catch(() => {});
    }
    return link;
  }

  /** Revokes a link permanently. @returns `false` if it does not exist. @throws StoreError */
  async revoke(id: string, { by }: Pick<By, "by">): Promise<boolean> {
    const link = await this.#links.get(id);
    if (link === undefined) return false;
    await this.#links.remove(id);
    await this.#audit.note({ by, action: "revoked", what: `walls/${id}`, before: { name: link.name } });
    return true;
  }
}
