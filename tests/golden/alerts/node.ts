/**
 * Alerts of node exporter as kube-prometheus runs it: `instance` is the node's name, and `pod` is the exporter's own. The
 * words are ours.
 *
 * @module
 */
import { alertOf, type GoldenAlert } from "./alert.ts";

function exporterOn(node: string): Record<string, string> {
  return {
    container: "node-exporter",
    endpoint: "https",
    instance: node,
    job: "node-exporter",
    namespace: "monitoring",
    pod: `node-exporter-${node.slice(-2)}x2k`,
    prometheus: "monitoring/k8s",
    service: "node-exporter",
  };
}

function runbook(name: string): string {
  return `https://runbooks.example.com/runbooks/node/${name.toLowerCase()}`;
}

/** A file system without space. */
export function filesystemFull(node: string, mountpoint: string, left: string): GoldenAlert {
  const name = "NodeFilesystemAlmostOutOfSpace";
  return alertOf(
    {
      name,
      severity: "critical",
      summary: "A file system has less than 3% of its space left.",
      description:
        `The file system on /dev/vdb1, mounted at ${mountpoint}, at ${node} has ${left}% of its space left.`,
      runbook: runbook(name),
    },
    { ...exporterOn(node), device: "/dev/vdb1", fstype: "xfs", mountpoint },
    "instance",
  );
}

/** A network device that receives errors. */
export function networkErrors(node: string, device: string): GoldenAlert {
  const name = "NodeNetworkReceiveErrs";
  return alertOf(
    {
      name,
      severity: "warning",
      summary: "A network device reports many errors.",
      description:
        `${node}: the device ${device} has had 214 errors while receiving in the last two minutes.`,
      runbook: runbook(name),
    },
    { ...exporterOn(node), device },
    "instance",
  );
}

/** A clock that drifts. */
export function clockSkew(node: string): GoldenAlert {
  const name = "NodeClockSkewDetected";
  return alertOf(
    {
      name,
      severity: "warning",
      summary: "The clock of a node is off.",
      description: `The clock of ${node} is off by more than 0.05 s. See that NTP works there.`,
      runbook: runbook(name),
    },
    exporterOn(node),
    "instance",
  );
}
