/** Alerts of MySQL by its exporter, outside of Kubernetes: few labels, and no runbook. The words are ours. @module */
import { alertOf, type GoldenAlert } from "./alert.ts";

function server(instance: string): Record<string, string> {
  return { cluster: "orders", instance, job: "mysqld", role: "replica" };
}

/** A server that does not answer. */
export function mysqlDown(instance: string): GoldenAlert {
  return alertOf(
    { name: "MysqlDown", severity: "critical", summary: `MySQL at ${instance} does not answer.` },
    { ...server(instance), role: "primary" },
    "instance",
  );
}

/** A replica that is behind. */
export function mysqlReplicationLag(instance: string, seconds: string): GoldenAlert {
  return alertOf(
    {
      name: "MysqlReplicationLag",
      severity: "warning",
      summary: `复制延迟 ${seconds} 秒`,
      description: `从库 ${instance} 落后主库 ${seconds} 秒，超过阈值 30 秒，请检查大事务与磁盘 IO。`,
    },
    server(instance),
    "instance",
  );
}

/** Nearly as many connections as the server accepts. */
export function mysqlConnections(instance: string): GoldenAlert {
  return alertOf(
    {
      name: "MysqlTooManyConnections",
      severity: "warning",
      summary: `Over 80% of the connections of ${instance} are in use.`,
    },
    server(instance),
    "instance",
  );
}
