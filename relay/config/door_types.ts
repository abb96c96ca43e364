/**
 * The types of doors: protocols in which a sender signs or wraps its requests, so that the door is code and not only a
 * mapping.
 *
 * @module
 */
import { z } from "zod";
import { sharedSecrets } from "./fields.ts";

/** The names of the types. */
export const DOOR_TYPES = ["grafana", "standard_webhooks", "cloudevents", "sns", "smn"] as const;

/** A door's type with its settings. */
export type DoorType =
  | {
    readonly name: "grafana";
    readonly secrets: readonly string[];
    readonly header: string;
    /** The header with the time that is signed with the body; `undefined`: the body alone is signed. */
    readonly timestampHeader: string | undefined;
  }
  | { readonly name: "standard_webhooks"; readonly secrets: readonly string[] }
  | { readonly name: "cloudevents" }
  | { readonly name: "sns"; readonly topics: readonly string[] }
  | { readonly name: "smn"; readonly topics: readonly string[] };

/** The name of a header. */
export const headerName = z.string().regex(
  /^[\w-]{1,100}$/,
  'must be the name of a header such as "x-signature"',
);

const topic = z.string().min(1).max(300);

/** The settings of the types, as fields of a door. */
export const doorTypeFields = {
  type: z.enum(DOOR_TYPES).optional().register(z.globalRegistry, {
    title: "Type",
    description: "A protocol that proves and unwraps its requests. The mapping is optional then",
  }),
  secret: sharedSecrets.optional().register(z.globalRegistry, {
    title: "Secret",
    description: "The secret of type grafana or standard_webhooks; several during a rotation",
    secret: true,
  }),
  header: headerName.optional().register(z.globalRegistry, {
    title: "Signature header",
    description: "Of type grafana; default X-Grafana-Alerting-Signature",
  }),
  timestamp_header: headerName.optional().register(z.globalRegistry, {
    title: "Timestamp header",
    description: "Of type grafana, where the contact point names one: the time is signed with the body",
  }),
  topics: z.union([topic, z.array(topic).min(1).max(100)]).optional().register(z.globalRegistry, {
    title: "Topics",
    description:
      "The topics of type sns or smn, by ARN or URN. Only their subscriptions are confirmed. * stands for any part of a region or a name",
  }),
};

type DoorTypeName = DoorType["name"];
type TypeEntry = z.output<z.ZodObject<typeof doorTypeFields>>;
type TypeSetting = Exclude<keyof TypeEntry, "type">;

/** The settings that each type needs, and the optional ones. */
const SETTINGS: Readonly<
  Record<DoorTypeName, { needs: readonly TypeSetting[]; takes: readonly TypeSetting[] }>
> = {
  grafana: { needs: ["secret"], takes: ["header", "timestamp_header"] },
  standard_webhooks: { needs: ["secret"], takes: [] },
  cloudevents: { needs: [], takes: [] },
  sns: { needs: ["topics"], takes: [] },
  smn: { needs: ["topics"], takes: [] },
};

/** Whether a door of a type needs a secret. */
export function needsSecret(type: unknown): boolean {
  return DOOR_TYPES.some((one) => one === type && SETTINGS[one].needs.includes("secret"));
}

/** Reads the type of a door. `complain` is called with the name of a wrong setting and the complaint. */
export function doorTypeOf(
  entry: TypeEntry,
  complain: (setting: string, message: string) => void,
): DoorType | undefined {
  const { type, secret, header = "x-grafana-alerting-signature", timestamp_header } = entry;
  const { needs, takes } = type === undefined ? { needs: [], takes: [] } : SETTINGS[type];
  for (const setting of needs) {
    if (entry[setting] === undefined) complain(setting, `is missing; type ${type} needs it`);
  }
  for (const name of Object.keys(doorTypeFields) as (keyof TypeEntry)[]) {
    if (name === "type" || entry[name] === undefined || needs.includes(name) || takes.includes(name)) {
      continue;
    }
    const types = DOOR_TYPES.filter((one) => [...SETTINGS[one].needs, ...SETTINGS[one].takes].includes(name));
    complain(
      name,
      `has no effect ${type ? `with type ${type}` : "without a type"}: it belongs to ${types.join(" and ")}`,
    );
  }
  const secrets = [secret ?? []].flat();
  switch (type) {
    case "grafana":
      return { name: type, secrets, header, timestampHeader: timestamp_header };
    case "standard_webhooks":
      for (const wrong of secrets.filter((one) => !isWebhookSecret(one))) {
        complain("secret", `must be base64 after ${wrong.slice(0, wrong.indexOf("_") + 1)}`);
      }
      return { name: type, secrets };
    case "cloudevents":
      return { name: type };
    case "sns":
    case "smn": {
      const topics = [entry.topics ?? []].flat();
      if (!topics.every((one) => TOPICS[type].form.test(one))) {
        complain("topics", `must be like "${TOPICS[type].example}"`);
      }
      return { name: type, topics };
    }
    case undefined:
      return undefined;
  }
}

/** Whether a secret is well formed: base64 after one of the standard's prefixes, or any text without one. */
function isWebhookSecret(secret: string): boolean {
  if (secret.startsWith("whsec_")) {
    return /^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(secret);
  }
  return !secret.startsWith("whpk_") || /^whpk_[A-Za-z0-9+/]{43}=$/.test(secret); // the 32 bytes of an ed25519 key
}

/**
 * The form of a topic's name; a region and a name may have one `*`. The account is written out: with a topic of any
 * account, strangers could subscribe the door to theirs.
 */
const TOPICS: Readonly<Record<"sns" | "smn", { form: RegExp; example: string }>> = {
  sns: {
    form: /^arn:aws[a-z-]*:sns:[a-z0-9-]*\*?[a-z0-9-]*:\d{12}:[\w-]*\*?[\w-]*$/,
    example: "arn:aws:sns:eu-central-1:123456789012:alarms",
  },
  smn: {
    form: /^urn:smn:[a-z0-9-]*\*?[a-z0-9-]*:[0-9a-f]{32}:[\w-]*\*?[\w-]*$/,
    example: "urn:smn:cn-north-4:0553db98c800d5192f9bc01232b89622:alarms",
  },
};

/** Whether a topic is one that a door names; `*` stands for letters, digits, - and _. */
export function isNamedTopic(topic: string, named: string): boolean {
  const parts = named.split(":");
  const found = topic.split(":", parts.length + 1);
  return found.length === parts.length && parts.every((part, index) => matchesPart(found[index]!, part));
}

function matchesPart(found: string, part: string): boolean {
  const [before = "", after] = part.split("*");
  if (after === undefined) return found === part;
  return found.length >= before.length + after.length && found.startsWith(before) && found.endsWith(after) &&
    /^[\w-]*$/.test(found);
}
