import type { DoorType } from "./door_types.ts";
import type { Extraction } from "../base/extraction.ts";
import type { Member } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import type { LabelRules } from "../message/labels.ts";
import type { CalledHeartbeats } from "../domain/called_heartbeat.ts";
import type { DrillPlan } from "../domain/drill.ts";
import type { HeartbeatRules } from "../domain/heartbeat.ts";
import type { Mapping } from "../domain/mapping/mapping.ts";
import type { InhibitRule } from "../domain/inhibition.ts";
import type { LinkRewrite } from "../message/links.ts";
import type { Rule } from "../domain/rules.ts";
import type { Severity } from "../domain/severity.ts";
import type { Tree } from "./file.ts";
import type { TableFiles } from "./table_file.ts";
import type { Enrichment } from "../domain/enrichment.ts";
import type { DepartmentEnvironment } from "./schema.ts";
import type { EnvironmentConfig, Secrets } from "./settings.ts";

/**
 * The whole configuration: environment, file and store. Durations are in milliseconds.
 *
 * A relay has one such object. Its only owner replaces the values in place when the configuration changes, so read a value
 * at each use and do not store it: call `config.groups.get(id)` again instead of holding a group.
 */
export interface Config extends EnvironmentConfig, Secrets {
  /** A path, or the URL of a KV Connect server; `undefined` = the database that Deno Deploy assigned. */
  readonly kv: string | undefined;
  /** Whether this is Deno Deploy. */
  readonly deploy: boolean;
  /** The values of fenghuo.yaml, with environment variables substituted. Items that it declares can only be changed there. */
  readonly file: Tree;
  /** The files that its section `enrich` names, as they were read with it. */
  readonly tables: TableFiles;
  /** By `owner/level`. The default group always exists. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
  /** Which firing incidents keep which alerts from notifying anybody. */
  readonly inhibit: readonly InhibitRule[];
  /** Tables that add labels and annotations before the rules are read. */
  readonly enrich: readonly Enrichment[];
  readonly links: readonly LinkRewrite[];
  /** alarm_v2's senders, by `dep`. */
  readonly departments: ReadonlyMap<string, Department>;
  /** By id. */
  readonly members: ReadonlyMap<string, Member>;
  readonly ocpRules: OcpRules;
  /** Extra spellings, in lower case. */
  readonly severities: ReadonlyMap<string, Severity>;
  /** Alertmanager's labels that are left out of the fingerprint. */
  readonly ignoreLabels: ReadonlySet<string>;
  /** The labels that name an alert's object, and those that messages hide. */
  readonly labelRules: LabelRules;
  /** Alerts that always fire, such as Watchdog: only their absence notifies. */
  readonly heartbeats: HeartbeatRules;
  /** Names that are called at `/heartbeat/<name>`: only their silence notifies. */
  readonly calledHeartbeats: CalledHeartbeats;
  /** The plan of the fire drill, if there is one. */
  readonly drill: DrillPlan | undefined;
  /** The tokens by which senders post to a group as to a vendor's robot. */
  readonly robots: readonly RobotDoor[];
  /** The addresses that accept any JSON, by name. */
  readonly doors: ReadonlyMap<string, Door>;
  /** Other names of groups → `owner/level`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Channel → the config that its destinations share, as written. */
  readonly defaults: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** The hosts that a target in a request's address may name, with the port if it is not the scheme's default. */
  readonly allowedTargets: ReadonlySet<string>;
  /** The time after which a silent incident is closed. */
  readonly staleAfter: number;
  /** The duration of an alert of Alertmanager's API that names no end, in milliseconds. */
  readonly resolveTimeout: number;
  /** The retention of records; `refused`: 0 = payloads of refused requests are not stored. */
  readonly retention: {
    readonly alerts: number;
    readonly dead: number;
    readonly audit: number;
    readonly refused: number;
  };
}

/** The rules of OCP's alarms. Durations are in milliseconds. */
export interface OcpRules {
  /** An alarm that is not pushed again for this time is resolved. */
  readonly clearAfter: number;
  readonly byType: ReadonlyMap<
    string,
    { readonly name?: string | undefined; readonly level?: number | undefined; readonly clearAfter?: number }
  >;
}

/** A sender of alarm_v2. */
export interface Department {
  readonly name: string;
  /** Each of them is valid, for rotation. */
  readonly secrets: readonly string[];
  /** The environments that it may send from; `undefined` = all. */
  readonly environments?: readonly DepartmentEnvironment[];
}

/** A token that identifies a group, as a robot's token does at DingTalk. */
export interface RobotDoor {
  readonly token: string;
  /** If set, requests must be signed with it. */
  readonly secret?: string | undefined;
  /** `owner/level` */
  readonly group: string;
  readonly patterns: RobotPatterns;
}

/** The patterns that identify messages to a robot, and those that mark an end. */
export interface RobotPatterns {
  readonly key?: Extraction | undefined;
  readonly resolved?: Extraction | undefined;
}

/** An address that accepts any JSON: `/in/<name>`. */
export interface Door {
  readonly name: string;
  /** The protocol that proves and unwraps its requests; `undefined`: the body is any JSON. */
  readonly type: DoorType | undefined;
  /** The authentication of its sender; `undefined`: with the intake token, or only by the signature of its type. */
  readonly auth:
    | "none"
    | { readonly token: string }
    | { readonly hmac: DoorHmac }
    | undefined;
  /** The group of its alerts, as `owner/level`; `undefined`: the rules decide. */
  readonly group: string | undefined;
  /** The response to its sender; `undefined`: the relay's own. */
  readonly answer:
    | { readonly status?: number | undefined; readonly body: string | Readonly<Record<string, unknown>> }
    | undefined;
  /** `undefined`: its type reads the payload itself. */
  readonly mapping: Mapping | undefined;
}

/** The signature of a request's body. */
export interface DoorHmac {
  readonly header: string;
  readonly secret: string;
  /** Default `sha256`. */
  readonly algorithm?: "sha256" | "sha1" | "sha512" | undefined;
  /** Default `hex`. */
  readonly encoding?: "hex" | "base64" | undefined;
}

/** The retention of records; read at each access, because the values of a configuration are replaced in place. */
export function retentionOf(config: Config): Config["retention"] {
  return {
    get alerts(): number {
      return config.retention.alerts;
    },
    get dead(): number {
      return config.retention.dead;
    },
    get audit(): number {
      return config.retention.audit;
    },
    get refused(): number {
      return config.retention.refused;
    },
  };
}
