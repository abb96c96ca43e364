import type { Labels } from "../../../relay/domain/alert.ts";

/** A part of a target. A colon separates parts, but may also be in a value: an address with its port. */
const PART = /^(\w{1,100})=([^\n]{0,200})$/;
const BETWEEN_PARTS = /:(?=\w+=)/;

/** Parts that name no object: OCP's own, and the mark of an alarm that a relay pushed. */
const NO_LABELS = /^(?:alarm_|fenghuo$)/;

/**
 * The parts of a target in OCP's form, `ob_cluster=C-12:tenant_name=oracle:svr_ip=10.0.0.1`, as labels: the cluster,
 * tenant or server of an alarm, for rules and messages. A target of another form has none.
 */
export function labelsOfTarget(target: string): Labels {
  const parts = target.trim().split(BETWEEN_PARTS).map((part) => PART.exec(part));
  if (parts.some((part) => part === null)) return {};
  return Object.fromEntries(
    parts.map((part): [string, string] => [part![1]!, part![2]!.trim()])
      .filter(([name, value]) => value !== "" && !NO_LABELS.test(name)),
  );
}
