/**
 * An OceanBase OCP on loopback: a server that accepts pushed alarms, and the execution of its channels' scripts. For tests, and
 * for trying a destination without an OCP.
 *
 * @module
 */
export {
  isValid,
  runScriptChannel,
  type ScriptChannel,
  type ScriptRun,
  TEST_VARIABLES,
} from "./_ocp_channel.ts";
export {
  type Ocp,
  type OcpAlarm,
  type OcpAnswer,
  type OcpFault,
  type OcpOptions,
  type OcpRequestSeen,
  startOcp,
} from "./_ocp_server.ts";
