import type { Alert, Link } from "../../relay/domain/alert.ts";
import type { Relay } from "../../relay/relay.ts";

/** An alert's links, rewritten; hidden links are omitted. */
export function shownLinks(
  alert: Pick<Alert, "links"> | undefined,
  { query: { renderer } }: Relay,
): Pick<Link, "kind" | "url">[] {
  return (alert?.links ?? []).flatMap(({ kind, url }) => {
    const shown = renderer.rewrite(url);
    return shown === undefined ? [] : [{ kind, url: shown }];
  });
}
