import type { IncomingAlert, Link } from "../../relay/domain/alert.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import { cut, oneLine } from "../../relay/base/text.ts";

/** A message that a program published for people's phones. */
export interface Published {
  /** The door: `ntfy`, `gotify` … */
  readonly dialect: string;
  readonly title?: string | undefined;
  readonly text: string;
  readonly severity: Severity;
  readonly link?: string | undefined;
  readonly labels?: Readonly<Record<string, string | undefined>>;
  /** Identifies it, if its sender named it; otherwise its title and text do. */
  readonly key?: string | undefined;
  /** The sender says that it is over. */
  readonly isOver?: boolean;
}

/** A published message as an alert. The same words are the same alert. */
export function publishedAlert(
  { dialect, title = "", text, severity, link, labels = {}, key, isOver }: Published,
): IncomingAlert {
  const name = cut(oneLine(title) || firstLineOf(text), { chars: 200 });
  const links: Link[] = link !== undefined && /^https?:/i.test(link) && URL.canParse(link)
    ? [{ kind: "source", url: link }]
    : [];
  return {
    identity: key ? { key } : { title, text },
    alert: {
      dialect,
      status: isOver ? "resolved" : "firing",
      ...isOver === undefined ? { statusAssumed: true } : {},
      severity,
      title: name,
      text,
      labels: Object.fromEntries(
        Object.entries({ alertname: name, severity, ...labels })
          .filter((label): label is [string, string] => label[1] !== undefined && label[1] !== ""),
      ),
      annotations: {},
      startsAt: null,
      endsAt: null,
      links,
    },
  };
}

function firstLineOf(text: string): string {
  return oneLine(text.split("\n").find((line) => line.trim() !== "") ?? "").trim();
}
