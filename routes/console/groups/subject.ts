import { destinationSchema, groupSchema } from "../../../relay/config/mod.ts";
import { DEFAULT_GROUP } from "../../../relay/domain/group.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import { byTitle } from "../../../relay/message/dictionary.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { DAYS } from "../../../relay/domain/hours.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { Subject } from "../forms/edit.ts";
import { type FieldOf, fieldOf, type FormField } from "../forms/field.ts";
import { isTree } from "../forms/merge.ts";
import { destinationFolds, groupFolds } from "./folds.ts";
import type { Choice, InputKind } from "../forms/shown_field.ts";

/** A configured item. */
export type Item = Readonly<Record<string, unknown>>;

/** A group's address in the configuration. */
export const groupItem = (owner: string, level: string): string => `groups/${owner}/${level}`;

/** A group's address in the console. */
export const groupPath = (owner: string, level: string): string =>
  `/groups/${encodeURIComponent(owner)}/${encodeURIComponent(level)}`;

/** The kinds of input of a group's form. */
const GROUP_INPUTS: Readonly<Record<string, InputKind>> = {
  window: "duration",
  repeat: "duration",
  group_wait: "duration",
  group_interval: "duration",
  repeat_interval: "duration",
  remind: "duration",
  remind_stop: "duration",
  "flap.per": "duration",
  "quiet.from": "time",
  "quiet.to": "time",
  "oncall.handover": "time",
  "oncall.layers.handover": "time",
  "oncall.layers.from": "time",
  "oncall.layers.to": "time",
  "escalate.after": "duration",
  "escalate.every": "duration",
};

/** A group's form; its destinations have forms of their own. */
export function groupSubject(
  relay: Relay,
  { t, locale, place }: { t: Translate; locale: Locale; place?: { owner: string; level: string } },
): Subject {
  const left = place ? ["destinations", "owner", "level"] : ["destinations"];
  const days = DAYS.map((day) => ({ value: day, label: t(`day.${day}`) }));
  const zones = Intl.supportedValuesOf("timeZone");
  return {
    field: without(fieldOf(groupSchema) as FieldOf<"group">, left),
    what: (value) => {
      const { owner, level } = { ...value as Item, ...place };
      return groupItem(String(owner ?? ""), String(level ?? ""));
    },
    isNew: place === undefined,
    ...place ? {} : { schema: groupSchema },
    of: (item) => Object.fromEntries(Object.entries(item as Item).filter(([key]) => !left.includes(key))),
    into: (item, part) => {
      const destinations = isTree(item) ? item.destinations : builtIn(place);
      return { ...place, ...part as Item, ...destinations === undefined ? {} : { destinations } };
    },
    placeOf: (path) => path[0] === "destinations" ? undefined : path,
    offers: {
      choices: {
        members: membersOf(relay),
        "quiet.days": days,
        "oncall.layers.days": days,
        "oncall.overrides.members": membersOf(relay),
        "escalate.members": membersOf(relay),
        "escalate.to": groupsOf(relay, place),
        "escalate.channel": byTitle(relay.query.channels, locale).map(({ channel: { name }, title }) => ({
          value: name,
          label: title,
        })),
        locale: [{ value: "zh", label: "中文" }, { value: "en", label: "English" }],
      },
      suggestions: { timezone: zones, "oncall.layers.timezone": zones },
      inputs: GROUP_INPUTS,
      folds: groupFolds(t),
    },
  };
}

/** A destination's form, from its channel's schema. `name`: the destination; missing for a new one. */
export function destinationSubject(
  relay: Relay,
  { owner, level, channel, name }: { owner: string; level: string; channel: string; name?: string },
): Subject {
  const what = groupItem(owner, level);
  const others = destinationsIn(relay.query.configuration.item(what)?.value ?? builtInGroup(owner, level))
    .map(nameOf).filter((other) => other !== name);
  return {
    field: destinationField(relay, channel),
    what: () => what,
    of: (item) => {
      const found = name === undefined ? undefined : destinationsIn(item).find((one) => nameOf(one) === name);
      if (found === undefined) return undefined;
      const { channel: _, ...part } = found;
      return part;
    },
    into: (item, part) => {
      const group: Item = isTree(item) ? item : { owner, level, destinations: builtIn({ owner, level }) };
      const all = destinationsIn(group);
      const own: Item = { channel, ...part as Item };
      const index = name === undefined ? -1 : all.findIndex((one) => nameOf(one) === name);
      const next: readonly Item[] = index < 0 ? [...all, own] : all.with(index, own);
      // Destinations that fall back to it follow its new name.
      const renamed = next.map((one) =>
        one !== own && name !== undefined && one.fallback === name ? { ...one, fallback: nameOf(own) } : one
      );
      return { ...group, destinations: renamed };
    },
    placeOf: ([section, index, ...rest], item) => {
      const all = destinationsIn(item);
      const own = name === undefined ? all.length - 1 : indexOfOwn(relay, what, name);
      return section === "destinations" && Number(index) === own ? rest : undefined;
    },
    offers: {
      choices: { fallback: others.map((value) => ({ value, label: value })) },
      words: relay.query.channels.get(channel)?.words?.zh ?? {},
      inputs: { timeout: "duration", fallback_after: "duration" },
      folds: destinationFolds(configField(relay, channel), { network: NETWORK_FIELDS }),
    },
  };
}

/** The configured destinations of a group. */
export function destinationsIn(item: unknown): readonly Item[] {
  return isTree(item) && Array.isArray(item.destinations) ? item.destinations.filter(isTree) : [];
}

/** The name of a destination. */
export function nameOf({ name, channel }: Item): string {
  return String(name ?? channel);
}

/** The destinations of the built-in group, in the form of a configured one. */
export function builtInGroup(owner: string, level: string): Item | undefined {
  const destinations = builtIn({ owner, level });
  return destinations && { owner, level, destinations };
}

/** A field for each property of a channel's config; fields with a common setting are optional. */
export function configField(relay: Relay, channelName: string): FormField {
  const channel = relay.query.channels.get(channelName);
  const common = { key: "config", title: channel?.title ?? channelName, help: "", required: true };
  // If a channel cannot be loaded, it is unknown which values are secret.
  if (!channel) return { ...common, kind: "secret", many: "one", json: true, multiline: true };
  const field = { ...fieldOf(channel.config), ...common } as FormField;
  const shared = relay.query.configuration.item(`defaults/${channelName}`)?.value;
  if (field.kind !== "group" || !isTree(shared)) return field;
  return {
    ...field,
    fields: field.fields.map((inner) =>
      Object.hasOwn(shared, inner.key) ? { ...inner, required: false, standard: shared[inner.key] } : inner
    ),
  };
}

function destinationField(relay: Relay, channel: string): FormField {
  const whole = fieldOf(destinationSchema) as FieldOf<"group">;
  const own = new Map(whole.fields.map((field) => [field.key, field]));
  const fields = [...OWN_FIELDS, ...NETWORK_FIELDS].flatMap((key) => own.get(key) ?? []);
  const name = fields[0]!;
  return {
    ...whole,
    fields: [configField(relay, channel), { ...name, standard: channel }, ...fields.slice(1)],
  };
}

/** The fields of a destination's form, besides its config. */
const OWN_FIELDS = ["name", "fallback", "fallback_after", "timeout", "limits"];

/** The fields of its network. */
const NETWORK_FIELDS = ["proxy", "ca", "cert", "key"];

function indexOfOwn({ query: { configuration } }: Relay, what: string, name: string): number {
  return destinationsIn(configuration.item(what)?.value).findIndex((one) => nameOf(one) === name);
}

function without(field: FieldOf<"group">, keys: readonly string[]): FormField {
  return { ...field, fields: field.fields.filter(({ key }) => !keys.includes(key)) };
}

function builtIn(place: { owner: string; level: string } | undefined): Item[] | undefined {
  return place && `${place.owner}/${place.level}` === DEFAULT_GROUP ? [{ channel: "inbox" }] : undefined;
}

function membersOf({ query: { config } }: Relay): Choice[] {
  return [...config.members.values()].map(({ id, name }) => ({
    value: id,
    label: name === undefined || name === id ? id : `${name} (${id})`,
  }));
}

function groupsOf(
  { query: { config } }: Relay,
  own: { owner: string; level: string } | undefined,
): Choice[] {
  return [...config.groups.keys()].filter((id) => own === undefined || id !== `${own.owner}/${own.level}`)
    .map((id) => ({ value: id, label: id }));
}
