/** The options that select incidents. */
export const SELECTION = {
  state: { type: "string" },
  severity: { type: "string" },
  group: { type: "string" },
  holder: { type: "string" },
  dialect: { type: "string" },
  acknowledged: { type: "boolean" },
  unacknowledged: { type: "boolean" },
  search: { type: "string" },
  filter: { type: "string", multiple: true },
} as const;

/** Their part of the help. */
export const SELECTION_HELP = `\
  --filter           a condition on labels, such as 'team="ops"' or 'instance=~"db-.*"'; may be repeated
  --severity         critical, error, warning or info
  --group            a group that was notified: owner/level
  --holder           the holder's id or name
  --acknowledged     those that somebody has acknowledged; --unacknowledged: the others
  --search           words, each in the title, the note or a label
  --dialect          alertmanager, alarm_v2, ocp …`;

/** The values of these options. */
export interface SelectionValues {
  readonly state?: string | undefined;
  readonly severity?: string | undefined;
  readonly group?: string | undefined;
  readonly holder?: string | undefined;
  readonly dialect?: string | undefined;
  readonly acknowledged?: boolean | undefined;
  readonly unacknowledged?: boolean | undefined;
  readonly search?: string | undefined;
  readonly filter?: readonly string[] | undefined;
}

/** The filter in the API's format. */
export interface SelectedFilter {
  readonly state?: string;
  readonly severity?: string;
  readonly group?: string;
  readonly holder?: string;
  readonly dialect?: string;
  readonly known?: boolean;
  readonly text?: string;
  readonly matchers?: readonly string[];
}

/** The filter of the given options; `undefined` without any. */
export function selectedFilter(
  { acknowledged, unacknowledged, search: text, filter: matchers, ...fields }: SelectionValues,
): SelectedFilter | undefined {
  const known = acknowledged ? true : unacknowledged ? false : undefined;
  const given = Object.entries({ ...fields, known, text, matchers }).filter(([, value]) =>
    value !== undefined
  );
  return given.length === 0 ? undefined : Object.fromEntries(given);
}
