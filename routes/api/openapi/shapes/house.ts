/**
 * The shapes of people's objects: silences, accounts, tokens, the configuration.
 *
 * @module
 */
import { z } from "zod";
import type { ConfigPlan, ItemState, memberSchema } from "../../../../relay/config/mod.ts";
import type { AdhocEntry } from "../../../../relay/config/adhoc.ts";
import type { RefusalCount } from "../../../../relay/domain/sender_refusal.ts";
import type { Silence, SilenceState } from "../../../../relay/domain/silence.ts";
import type { Account } from "../../../../relay/domain/account.ts";
import type { AuditEntry } from "../../../../relay/domain/audit_note.ts";
import type { FailingMember } from "../../../../relay/domain/failing_member.ts";
import type { ProviderIdentity } from "../../../../relay/domain/provider_identity.ts";
import type { Token } from "../../../../relay/domain/account.ts";
import type { WallLink } from "../../../../relay/domain/wall_link.ts";
import { LOCALES } from "../../../../relay/base/locale.ts";
import { ROLES, SCOPES } from "../../../../relay/domain/role.ts";
import { SILENCE_STATES } from "../../../../relay/domain/silence.ts";
import { because, count, destinationId, incidentId, time } from "../../../../relay/query/shapes/words.ts";
import { sameShape } from "../../../../relay/query/shapes/same_shape.ts";

/** A silence: nobody is notified of matching alerts while it is active. */
export const silence = sameShape<Silence & { readonly state: SilenceState }>()(
  "Silence",
  z.object({
    id: z.string().meta({ examples: ["01KG9EGN000000000000000000"] }),
    matchers: z.array(z.string().meta({ examples: ["alertname=DiskFull"] })),
    from: time,
    until: time,
    author: z.string(),
    comment: z.string(),
    createdAt: time,
    changedAt: time.exactOptional().meta({ description: "When it was changed" }),
    incidents: z.array(incidentId).exactOptional().meta({
      description: "It ends when all of these incidents are resolved, at the latest at `until`",
    }),
    expiredAt: time.exactOptional().meta({ description: "When it ended early" }),
    expiredBy: z.literal("resolved").exactOptional().meta({
      description: "With `expiredAt`: all of its incidents were resolved",
    }),
    state: z.enum(SILENCE_STATES),
  }),
);

/** A member whom a channel could not reach. */
export const failing = sameShape<FailingMember>()(
  "Failing",
  z.object({
    channel: z.string().meta({ examples: ["dingtalk"] }),
    member: z.string().meta({ examples: ["li.lei"] }),
    destination: destinationId,
    because,
    since: time,
    lastAt: time,
  }),
);

/** Refused requests of one kind. */
export const refusalCount = sameShape<
  Omit<RefusalCount, "payloads"> & { readonly payloads?: RefusalCount["payloads"] }
>()(
  "RefusalCount",
  z.object({
    door: z.string().meta({ examples: ["alertmanager"] }),
    status: z.int().meta({ description: "The HTTP status, or the door's own code" }),
    reason: z.string().meta({ description: "The last answer, without secrets" }),
    from: z.string().meta({ description: "The sender's address" }),
    sender: z.string().optional().meta({ description: "Missing where it is not known" }),
    group: z.string().optional().meta({ description: "The group that the request named" }),
    count,
    firstAt: time,
    lastAt: time,
    payloads: z.array(z.object({
      at: time,
      reason: z.string(),
      text: z.string().meta({ description: "Its beginning, at most 4 KiB, without secrets" }),
      bytes: z.int().min(0).meta({ description: "The size of the whole body" }),
      type: z.string().optional().meta({ description: "The content type, as sent" }),
    })).exactOptional().meta({ description: "For admins: the last one of each of the last reasons" }),
  }),
);

/** A target that an address named. */
export const target = sameShape<
  Omit<AdhocEntry, "members"> & { readonly members: readonly z.output<typeof memberSchema>[] }
>()(
  "Target",
  z.object({
    id: z.string().meta({ examples: ["adhoc/0123456789abcdef"] }),
    channel: z.string().meta({ examples: ["dingtalk_robot"] }),
    hosts: z.array(z.string()).meta({ description: "Where its messages go" }),
    destinations: z.int(),
    members: z.array(z.object({
      id: z.string(),
      name: z.string().optional(),
      email: z.string().optional(),
      mobile: z.string().optional(),
      dingtalk: z.string().optional(),
      wecom: z.string().optional(),
    })),
    sender: z.string().meta({
      description: "Who named it first, such as `token NAME`; empty where an earlier version made it",
    }),
    usedAt: time,
    until: time,
  }),
);

/** An account that may sign in. */
export const account = sameShape<Omit<Account, "password">>()(
  "Account",
  z.object({
    name: z.string().meta({ examples: ["li.lei"] }),
    role: z.enum(ROLES),
    createdAt: time,
    changedAt: time,
  }),
);

/** A person who signed in at the identity provider. */
export const identity = sameShape<ProviderIdentity>()(
  "Identity",
  z.object({
    id: z.string().meta({ examples: ["4f1c2d3e5a6b7980"] }),
    issuer: z.string().meta({ examples: ["https://id.example.com/realms/ops"] }),
    subject: z.string().meta({ description: "The provider's own id of the person" }),
    name: z.string().meta({ examples: ["li.lei (Example SSO)"] }),
    role: z.enum(ROLES),
    firstSignInAt: time,
    lastSignInAt: time,
    until: time.meta({ description: "When this record ends, unless the person signs in again" }),
  }),
);

/** A token, without its secret. */
export const token = sameShape<Omit<Token, "hash">>()(
  "Token",
  z.object({
    id: z.string().meta({ examples: ["4f1c2d3e5a6b7980"] }),
    name: z.string().meta({ examples: ["grafana"] }),
    scope: z.enum(SCOPES),
    doors: z.array(z.string()).exactOptional(),
    createdBy: z.string(),
    createdAt: time,
    until: time,
    lastUsedAt: time.exactOptional(),
    revokedAt: time.exactOptional(),
  }),
);

/** A link to the wall, without its secret. */
export const wallLink = sameShape<Omit<WallLink, "hash">>()(
  "WallLink",
  z.object({
    id: z.string().meta({ examples: ["4f1c2d3e5a6b7980"] }),
    name: z.string().meta({ examples: ["Operations room"] }),
    groups: z.array(z.string()),
    names: z.boolean(),
    dim: z.string().meta({ examples: ["22-7"] }),
    locale: z.enum(LOCALES).exactOptional(),
    createdBy: z.string(),
    createdAt: time,
    lastSeenAt: time.exactOptional().meta({ description: "When it was last used, accurate to 5 minutes" }),
  }),
);

/** An entry of the audit log. */
export const auditEntry = sameShape<AuditEntry>()(
  "AuditEntry",
  z.object({
    id: z.string(),
    at: time,
    by: z.string().meta({ examples: ["admin"] }),
    action: z.string().meta({ examples: ["changed"] }),
    what: z.string().meta({ examples: ["groups/chenmin/3"] }),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  }),
);

const address = z.string().meta({ description: "An item's address", examples: ["groups/chenmin/3"] });

/** A problem of an item. */
export const problem = sameShape<ItemState["problems"][number]>()(
  "Problem",
  z.object({ what: address, path: z.string(), message: z.string() }),
);

/** An item of the configuration. */
export const item = sameShape<ItemState>()(
  "Item",
  z.object({
    what: address,
    value: z.unknown().meta({ description: "Its secrets are marks that begin with ••••" }),
    version: z.string(),
    managedBy: z.enum(["file", "console"]),
    by: z.string().exactOptional(),
    at: time.exactOptional(),
    problems: z.array(problem),
  }),
);

/** The changes that applying a document would make. */
export const plan = sameShape<ConfigPlan>()(
  "Plan",
  z.object({
    hash: z.string(),
    changes: z.array(z.object({
      what: address,
      action: z.enum(["added", "changed", "removed"]),
      fields: z.array(z.object({
        path: z.string(),
        before: z.unknown().optional(),
        after: z.unknown().optional(),
      })),
    })),
  }),
);

/** The answer to a refused request. */
export const refusal = z.object({
  error: z.string().meta({
    description: "What is wrong, where, and what to do",
    examples: ["limit: must be at most 1000"],
  }),
  complaints: z.array(problem).exactOptional(),
  current: item.nullable().exactOptional().meta({ description: "With 409 and 428: how it is now" }),
  plan: plan.exactOptional().meta({ description: "With 409: the plan that it would be now" }),
}).meta({ id: "Refusal" });
