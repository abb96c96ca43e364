/**
 * Alerts of OceanBase: by rules over obagent's metrics, with the labels of ob-operator's dashboard, and as OCP sends them.
 * The words are ours.
 *
 * @module
 */
import { alertOf, type GoldenAlert } from "./alert.ts";

function rule(name: string, type: "obcluster" | "obtenant" | "observer"): Record<string, string> {
  return { instance_type: type, rule_name: name, rule_type: "builtin" };
}

/** A server of a cluster that is inactive. */
export function serverInactive(cluster: string, zone: string, server: string): GoldenAlert {
  return alertOf(
    {
      name: "ob_server_inactive",
      severity: "critical",
      summary: "observer 不可用",
      description: `集群 ${cluster} 的 ${zone} 中，observer ${server} 已离线超过 1 分钟。`,
    },
    {
      ...rule("ob_server_inactive", "observer"),
      app: "OB",
      instance: `${server}:8088`,
      job: "obagent",
      ob_cluster_id: "3",
      ob_cluster_name: cluster,
      obzone: zone,
      svr_ip: server,
    },
    "svr_ip",
  );
}

/** A tenant with many sessions. */
export function activeSessions(cluster: string, tenant: string, server: string): GoldenAlert {
  return alertOf(
    {
      name: "tenant_active_session",
      severity: "warning",
      summary: "租户活跃会话数过高",
      description: `集群 ${cluster} 的租户 ${tenant} 在 ${server} 上有 1,284 个活跃会话，阈值 1,000。`,
    },
    {
      ...rule("tenant_active_session", "obtenant"),
      ob_cluster_name: cluster,
      obzone: "zone2",
      svr_ip: server,
      tenant_name: tenant,
    },
    "tenant_name",
  );
}

/** A tenant's MemStore, which is nearly full. */
export function memstoreFull(cluster: string, tenant: string, server: string): GoldenAlert {
  return alertOf(
    {
      name: "tenant_memstore_percent_over_threshold",
      severity: "warning",
      summary: "租户 MemStore 使用率过高",
      description:
        `集群 ${cluster} 的租户 ${tenant} 在 ${server} 上的 MemStore 使用率为 91.7%，转储可能变慢。`,
    },
    {
      ...rule("tenant_memstore_percent_over_threshold", "obtenant"),
      ob_cluster_name: cluster,
      obzone: "zone1",
      svr_ip: server,
      tenant_name: tenant,
    },
    "tenant_name",
  );
}

/** The variables that OCP puts into the body template of docs/ocp.md, and the object that the message must contain. */
export interface OcpAlarm {
  readonly variables: Readonly<Record<string, string>>;
  readonly object: string;
}

const MEMSTORE = {
  type: "ob_tenant_active_memstore_percent_over_threshold",
  name: "OceanBase 租户活跃 MemStore 使用率超限",
  target: "ob_cluster=obprod-12:tenant_name=trade:svr_ip=10.30.0.13",
  details: "集群 obprod，租户 trade，主机 10.30.0.13，活跃 MemStore 使用率为 93.4%，阈值 90%。",
};

/** The same alarm from OCP, in the default message of its channels. */
export function memstoreOfOcp({ began, ended }: { began: string; ended?: string }): OcpAlarm {
  const { type, name, target, details } = MEMSTORE;
  const message = ended === undefined
    ? [
      `### OCP 告警通知 ${name}`,
      "- 级别：严重",
      `- 告警对象：${target}`,
      `- 概述：${target} ${name}`,
      `- 生成时间：${began}`,
      `- 详情：${details}`,
      "- OCP 链接：http://ocp.example.com:8080/alarm/event/1000160",
    ]
    : ["【OCP 告警恢复通知】", `- 告警对象 ${target}`, `- 告警详情 ${details}`, `- 恢复时间 ${ended}`];
  return {
    variables: {
      alarm_type: type,
      alarm_target: target,
      alarm_name: name,
      alarm_level: "2",
      alarm_scope: "Tenant",
      app_type: "OceanBase",
      ob_cluster: "obprod",
      ob_tenant: "trade",
      host_ip: "10.30.0.13",
      message: message.join("\n"),
    },
    object: "trade",
  };
}
