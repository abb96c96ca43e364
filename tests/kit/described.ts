import { findTargetHandler } from "hono/utils/handler";
import type { RouterRoute } from "hono/types";
import { mount } from "../../routes/app.ts";
import { type Description, descriptionsOf } from "../../routes/http/described.ts";
import type { TestRelay } from "./relay.ts";

/** All routes that a relay mounts. */
export async function routesOf(house: TestRelay): Promise<readonly RouterRoute[]> {
  return await mount(house.relay, { report: () => {} }).routes();
}

/** `GET /api/alerts/:id` → its description, for each mounted route with one. */
export async function descriptionsIn(house: TestRelay): Promise<Map<string, Description>> {
  return new Map(
    (await routesOf(house)).flatMap(({ path, method, handler }) =>
      Object.entries(descriptionsOf(findTargetHandler(handler), method))
        .map(([method, description]) => [`${method} ${path}`, description])
    ),
  );
}

/** A path in the document's notation. */
export function documented(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}").replace(/\*$/, "{item}").replace(/(.)\/$/, "$1");
}
