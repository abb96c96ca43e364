import type { Hit } from "../../relay/query/shapes/search.ts";

/** The console's page of a search result. */
export function pageOfHit({ kind, id }: Pick<Hit, "kind" | "id">): string {
  const encoded = encodeURIComponent(id);
  switch (kind) {
    case "incident":
      return `/incidents/${encoded}`;
    case "alert":
      return `/alerts/${encoded}`;
    case "group":
      return `/groups/${byParts(id)}`;
    case "member":
      return `/members?q=${encoded}`; // its form is for admins only
    case "rule":
      return `/rules#rule-${encoded}`;
    case "silence":
      return `/silences/${encoded}`;
    case "channel":
      return `/channels#channel-${encoded}`;
    case "destination":
      return `/groups/${byParts(id.slice(0, id.lastIndexOf("/")))}#destinations`;
    case "delivery":
      return `/deliveries/${encoded}`;
    case "digest":
      return `/deliveries?digest=${encoded}`;
    case "message":
      return `/inbox/${encoded}`;
  }
}

/** `owner/level`, as parts of a path. */
function byParts(group: string): string {
  return group.split("/").map(encodeURIComponent).join("/");
}
