/**
 * The configuration's public exports: environment and fenghuo.yaml → {@linkcode Config}, or all complaints at once.
 *
 * @module
 */
export { type Complaint, complaintText, issuesOf } from "./complaint.ts";
export { type Path, pathOf, pathText } from "./path.ts";
export {
  type Config,
  type Department,
  type Door,
  type DoorHmac,
  type OcpRules,
  retentionOf,
  type RobotDoor,
} from "./config.ts";
export { type DoorType, isNamedTopic } from "./door_types.ts";
export type { Problem } from "./compose.ts";
export { readDocument } from "./document.ts";
export { exportYaml } from "./export.ts";
export { decodeFile, interpolate, readYaml, type Tree, writeYaml } from "./file.ts";
export type { ConfigPlan, ConfigRefusal, ItemChange, ItemState } from "./edit.ts";
export { type Application, applyPlan, planOf } from "./plan.ts";
export { readDoors } from "./doors.ts";
export { makeDestination } from "./destination.ts";
export { itemSchema } from "./items.ts";
export { ConfigEditor } from "./editor.ts";
export { type ConfigView, LiveConfig, problemText, SEALED } from "./live.ts";
export { knownSecrets } from "./known_secrets.ts";
export { MASK, shownMember } from "./mask.ts";
export { inputSchema, type SchemaNode } from "../channel/config_schema.ts";
export { type FieldChange, fieldChanges } from "./changes.ts";
export { type ConfigSource, parseConfig } from "./parse.ts";
export { destinationSchema, groupSchema } from "./group_schema.ts";
export { type DepartmentEnvironment, departmentSchema, ENVIRONMENTS, memberSchema } from "./schema.ts";
export { memberSchemaWith } from "./member_schema.ts";
export { readTableFiles, tableFilesIn } from "./table_file.ts";
export { fileSchema } from "./sections.ts";
export { namesIn, SECRET_NAMES, withSecretFiles } from "./secret_files.ts";
export {
  type Environment,
  hasSecrets,
  proxiesToForget,
  readEnvironment,
  type Secrets,
  type Settings,
  settings,
} from "./settings.ts";
