import type { WallLink } from "../domain/wall_link.ts";
import { decode, encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { wallLinkKey, wallLinksKey } from "./keys.ts";

/** The links to the wall, by id. */
export class WallLinks {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the wall links");
  }

  /** All links, the newest first. @throws StoreError */
  async list(): Promise<WallLink[]> {
    const links = await this.#kv.all<WallLink>(wallLinksKey());
    return links.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** A link by its id. @throws StoreError */
  async get(id: string): Promise<WallLink | undefined> {
    return await this.#kv.get<WallLink>(wallLinkKey(id));
  }

  /** Store a new link. @throws StoreError */
  async add(link: WallLink): Promise<void> {
    await this.#kv.set(wallLinkKey(link.id), link);
  }

  /** Store the time of a link's last use, unless the link was removed meanwhile. @throws StoreError */
  async seen(id: string, lastSeenAt: number): Promise<void> {
    const key = wallLinkKey(id);
    const entry = await this.#kv.entry(key);
    if (entry.value === null) return;
    const link: WallLink = { ...decode<WallLink>(entry.value), lastSeenAt };
    await this.#kv.commit(this.#kv.atomic().check(entry).set(key, encode(link)));
  }

  /** Remove a link. @throws StoreError */
  async remove(id: string): Promise<void> {
    await this.#kv.delete(wallLinkKey(id));
  }
}
