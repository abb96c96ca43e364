import { SEVERITIES, type Severity } from "../../relay/domain/severity.ts";

/** The colours of the mark; the same in light and dark, because the icon is in the browser's frame. */
const COLOURS: Readonly<Record<Severity, string>> = {
  critical: "#b3261e",
  error: "#9e4409",
  warning: "#735400",
  info: "#2b5f9e",
};

const NAME = new RegExp(`^icon-(${SEVERITIES.join("|")})-([1-9]\\d?)\\.svg$`);

/** Marks the icon with a count of at most 99, for the name `icon-critical-13.svg`; `undefined` for other names. */
export function markedIcon(name: string, icon: string): string | undefined {
  const [, severity, count] = NAME.exec(name) ?? [];
  if (severity === undefined || count === undefined) return undefined;
  const mark = `<rect x="8" y="11" width="24" height="21" rx="6" fill="#fff"/>` +
    `<rect x="9.5" y="12.5" width="21" height="18" rx="4.5" fill="${COLOURS[severity as Severity]}"/>` +
    `<text x="20" y="27.5" text-anchor="middle" font-family="system-ui, sans-serif" font-size="17" font-weight="700" ` +
    `fill="#fff">${count}</text>`;
  return icon.replace("</svg>", `${mark}</svg>`);
}
