/**
 * Alerts of kube-prometheus: the names, labels and severities are those of its rules; the words are ours.
 *
 * Source of the names: https://github.com/prometheus-operator/kube-prometheus
 *
 * @module
 */
import { alertOf, type GoldenAlert, type Rule } from "./alert.ts";

const PROMETHEUS = { prometheus: "monitoring/k8s" };

/** The address of kube-state-metrics, which is the `instance` of everything that it measures. */
const STATE = {
  ...PROMETHEUS,
  endpoint: "https-main",
  instance: "10.244.0.12:8443",
  job: "kube-state-metrics",
  service: "kube-state-metrics",
};

const KUBELET = {
  ...PROMETHEUS,
  endpoint: "https-metrics",
  job: "kubelet",
  metrics_path: "/metrics",
  service: "kubelet",
};

function runbook(name: string): string {
  return `https://runbooks.example.com/runbooks/kubernetes/${name.toLowerCase()}`;
}

function rule(name: string, severity: Rule["severity"], summary: string, description: string): Rule {
  return { name, severity, summary, description, runbook: runbook(name) };
}

/** An id as Kubernetes gives it, always the same for the same pod. */
function uid(text: string): string {
  let hash = 7;
  for (const char of text) hash = (hash * 31 + char.codePointAt(0)!) % 0xffffffff;
  return `${hash.toString(16).padStart(8, "0")}-5c1e-4b0a-9d3f-${
    (hash * 77 % 0xffffffffffff).toString(16).padStart(12, "0")
  }`;
}

/** A container that starts, dies and starts again. */
export function podCrashLooping(namespace: string, pod: string, container: string): GoldenAlert {
  return alertOf(
    rule(
      "KubePodCrashLooping",
      "warning",
      "A pod keeps crashing.",
      `Pod ${namespace}/${pod}: its container ${container} waits in the state "CrashLoopBackOff".`,
    ),
    { ...STATE, container, namespace, pod, reason: "CrashLoopBackOff", uid: uid(pod) },
    "pod",
  );
}

/** A container that cannot start. */
export function containerWaiting(
  namespace: string,
  pod: string,
  container: string,
  reason = "ContainerCreating",
): GoldenAlert {
  return alertOf(
    rule(
      "KubeContainerWaiting",
      "warning",
      "A container has waited for over an hour.",
      `Container ${container} of pod ${namespace}/${pod} has been waiting for over an hour, in the state "${reason}".`,
    ),
    { ...STATE, container, namespace, pod, reason, uid: uid(pod) },
    "pod",
  );
}

/** A pod that is not ready: the rule keeps three labels. */
export function podNotReady(namespace: string, pod: string): GoldenAlert {
  return alertOf(
    rule(
      "KubePodNotReady",
      "warning",
      "A pod is not ready.",
      `Pod ${namespace}/${pod} has not been ready for over 15 minutes.`,
    ),
    { ...PROMETHEUS, job: "kube-state-metrics", namespace, pod },
    "pod",
  );
}

/** A volume that fills up, measured by the kubelet of the node that mounts it. */
export function volumeFillingUp(namespace: string, claim: string, percent: string): GoldenAlert {
  return alertOf(
    rule(
      "KubePersistentVolumeFillingUp",
      "critical",
      "A persistent volume is nearly full.",
      `Volume claim ${claim} in namespace ${namespace} has ${percent}% of its space left.`,
    ),
    { ...KUBELET, instance: "10.10.3.7:10250", namespace, node: "worker-07", persistentvolumeclaim: claim },
    "persistentvolumeclaim",
  );
}

/** A deployment with fewer replicas than it should have. */
export function deploymentMismatch(namespace: string, deployment: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeDeploymentReplicasMismatch",
      "warning",
      "A deployment lacks replicas.",
      `Deployment ${namespace}/${deployment} has had the wrong number of replicas for over 15 minutes.`,
    ),
    { ...STATE, deployment, namespace },
    "deployment",
  );
}

/** The same of a stateful set. */
export function statefulSetMismatch(namespace: string, statefulset: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeStatefulSetReplicasMismatch",
      "warning",
      "A stateful set lacks replicas.",
      `Stateful set ${namespace}/${statefulset} has had the wrong number of replicas for over 15 minutes.`,
    ),
    { ...STATE, namespace, statefulset },
    "statefulset",
  );
}

/** A daemon set whose rollout is stuck. */
export function daemonSetStuck(namespace: string, daemonset: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeDaemonSetRolloutStuck",
      "warning",
      "The rollout of a daemon set is stuck.",
      `Daemon set ${namespace}/${daemonset} has made no progress for 15 minutes.`,
    ),
    { ...STATE, daemonset, namespace },
    "daemonset",
  );
}

/** An autoscaler at its upper bound. */
export function autoscalerMaxedOut(namespace: string, name: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeHpaMaxedOut",
      "warning",
      "An autoscaler runs at its upper bound.",
      `Autoscaler ${namespace}/${name} has run with as many replicas as it may have for over 15 minutes.`,
    ),
    { ...STATE, horizontalpodautoscaler: name, namespace },
    "horizontalpodautoscaler",
  );
}

/** A job that failed. */
export function jobFailed(namespace: string, job: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeJobFailed",
      "warning",
      "A job has failed.",
      `Job ${namespace}/${job} has failed. The alert ends when the failed job is removed.`,
    ),
    { ...STATE, condition: "true", job_name: job, namespace, reason: "BackoffLimitExceeded" },
    "job_name",
  );
}

/** A node that is not ready. */
export function nodeNotReady(node: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeNodeNotReady",
      "critical",
      "A node is not ready.",
      `Node ${node} has not been ready for over 15 minutes.`,
    ),
    { ...STATE, condition: "Ready", node, status: "true" },
    "node",
  );
}

/** A quota that is nearly used up: the object is the namespace. */
export function quotaAlmostFull(namespace: string, resource: string): GoldenAlert {
  return alertOf(
    rule(
      "KubeQuotaAlmostFull",
      "info",
      "A quota is nearly used up.",
      `Namespace ${namespace} uses 94.1% of its quota of ${resource}.`,
    ),
    { ...STATE, namespace, resource, resourcequota: "team" },
    "namespace",
  );
}

/** Throttled containers. */
export function cpuThrottling(namespace: string, pod: string, container: string): GoldenAlert {
  return alertOf(
    rule(
      "CPUThrottlingHigh",
      "info",
      "The CPU of a container is throttled.",
      `Container ${container} of pod ${namespace}/${pod} is throttled 38.5% of the time.`,
    ),
    { ...PROMETHEUS, container, namespace, pod },
    "pod",
  );
}

/** A service with targets that do not answer: the rule keeps the job and the service, but no instance. */
export function targetDown(namespace: string, service: string): GoldenAlert {
  return alertOf(
    {
      name: "TargetDown",
      severity: "warning",
      summary: "Targets do not answer.",
      description: `33.33% of the targets of ${service} in namespace ${namespace} are down.`,
      runbook: "https://runbooks.example.com/runbooks/general/targetdown",
    },
    { ...PROMETHEUS, job: service, namespace, service },
    "service",
  );
}

/** An alert about Prometheus itself: the pod is the object, and `instance` is its address. */
export function ruleFailures(pod: string): GoldenAlert {
  return alertOf(
    {
      name: "PrometheusRuleFailures",
      severity: "critical",
      summary: "Rules cannot be evaluated.",
      description: `Prometheus monitoring/${pod} could not evaluate 12 rules in the last 5 minutes.`,
      runbook: "https://runbooks.example.com/runbooks/prometheus/prometheusrulefailures",
    },
    {
      ...PROMETHEUS,
      container: "prometheus",
      endpoint: "web",
      instance: "10.244.5.31:9090",
      job: "prometheus-k8s",
      namespace: "monitoring",
      pod,
      service: "prometheus-k8s",
    },
    "pod",
  );
}

/** It always fires: its absence means that alerts no longer arrive. */
export function watchdog(): GoldenAlert {
  return alertOf(
    {
      name: "Watchdog",
      severity: "none",
      summary: "The alerting pipeline works.",
      description: "This alert fires all the time, so that something can notice when it no longer arrives.",
      runbook: "https://runbooks.example.com/runbooks/general/watchdog",
    },
    PROMETHEUS,
    "",
  );
}
