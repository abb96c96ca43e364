import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { DEFAULT_DIM, DIM, type WallLink, type WallOptions } from "../../../relay/domain/wall_link.ts";
import type { Relay } from "../../../relay/relay.ts";
import { basePathOf } from "../../http/base_path.ts";
import { authorise, identifyAgain } from "../../http/identity.ts";
import { isSecure } from "../../http/remote_address.ts";

/** The cookie of a link's browser. Each link has its own path, so that one browser may show several walls. */
const COOKIE = "fenghuo_wall";

/** Browsers store no cookie for longer: 400 days. It is renewed at every load of the wall. */
const MAX_AGE = 400 * 24 * 3_600;

/** The account or the link that reads a wall, and the options of the wall. */
export interface WallViewer {
  /** The account or the link: its streams are counted together. */
  readonly name: string;
  /** The address of the wall. */
  readonly path: string;
  readonly options: WallOptions;
  /** Whether the viewer may still read the wall. @throws StoreError */
  still(): Promise<boolean>;
}

const address = z.object({
  group: z.array(z.string().max(200)).max(50).default([]),
  names: z.enum(["show", "hide"]).catch("show"),
  dim: z.string().regex(DIM).catch(DEFAULT_DIM),
});

/** The options in the address of an account's wall: `?group=…&names=hide&dim=22-7`. */
export function optionsIn(search: URLSearchParams): WallOptions {
  const { group, names, dim } = address.parse({
    group: search.getAll("group").filter((one) => one !== "").slice(0, 50).map((one) => one.slice(0, 200)),
    names: search.get("names") ?? undefined,
    dim: search.get("dim") ?? undefined,
  });
  return { groups: group, names: names === "show", dim };
}

/** An account's wall. @throws RequestError 401, 403 · StoreError */
export async function accountViewer(c: Context, relay: Relay): Promise<WallViewer> {
  const { name } = await authorise(c, { relay, role: "viewer" });
  return {
    name,
    path: "/wall",
    options: optionsIn(new URL(c.req.url).searchParams),
    still: async () => await identifyAgain(c, relay) !== undefined,
  };
}

/** The wall of the link in the address, if the browser has its cookie and it is not revoked. @throws StoreError */
export async function linkViewer(c: Context, relay: Relay): Promise<WallViewer | undefined> {
  const { commands: { walls }, query: { clock } } = relay;
  const secret = getCookie(c, COOKIE);
  const find = async (): Promise<WallLink | undefined> => {
    const link = secret === undefined ? undefined : await walls.ofSecret(secret, clock.now());
    return link?.id === c.req.param("id") ? link : undefined;
  };
  const link = await find();
  if (link === undefined) return undefined;
  const dim = c.req.query("dim");
  return {
    name: `wall ${link.id}`,
    path: `/wall/${link.id}`,
    options: dim !== undefined && DIM.test(dim) ? { ...link, dim } : link,
    still: async () => await find() !== undefined,
  };
}

/** Gives a browser a link's cookie, which is sent to this wall's addresses only. */
export function giveWall(c: Context, secret: string, { id }: Pick<WallLink, "id">, relay: Relay): void {
  const { config } = relay.query;
  setCookie(c, COOKIE, secret, {
    path: `${basePathOf(config.publicUrl)}/wall/${id}`,
    httpOnly: true,
    sameSite: "Lax",
    secure: isSecure(c, config),
    maxAge: MAX_AGE,
  });
}

/** Renews the cookie of a link's browser. */
export function renewWall(c: Context, id: string, relay: Relay): void {
  giveWall(c, getCookie(c, COOKIE)!, { id }, relay);
}
