/**
 * The configuration of a large company, as fenghuo.yaml would hold it.
 *
 * @module
 */

/** The size of a company. */
export interface CompanySize {
  readonly groups: number;
  /** The number for all groups together. */
  readonly destinations: number;
  readonly rules: number;
  readonly members: number;
}

/** The largest supported size. */
export const LARGE: CompanySize = { groups: 5_000, destinations: 20_000, rules: 2_000, members: 10_000 };

/** A group's id. */
export function groupOf(number: number): string {
  return `team-${String(number).padStart(5, "0")}/default`;
}

/** The labels of an alert that one rule sends to one group. `number`: the rule's number. */
export function labelsFor(number: number): Record<string, string> {
  return {
    alertname: "NodeDown",
    service: `service-${number}`,
    severity: "critical",
    instance: "10.0.0.1:9100",
  };
}

/** The values of the file. Every third rule has an expression that no index can look up. */
export function largeTree(
  size: CompanySize,
  { url = "https://hooks.example.com" } = {},
): Record<string, unknown> {
  const each = Math.ceil(size.destinations / size.groups);
  return {
    members: Array.from({ length: size.members }, (_, number) => ({
      id: `member-${number}`,
      name: `成员 ${number}`,
      email: `m${number}@example.com`,
      mobile: `138${String(number).padStart(8, "0")}`,
    })),
    groups: Array.from({ length: size.groups }, (_, number) => ({
      owner: `team-${String(number).padStart(5, "0")}`,
      level: "default",
      members: [0, 1, 2].map((turn) => `member-${(number * 3 + turn) % size.members}`),
      window: "5m",
      destinations: Array.from(
        { length: Math.min(each, size.destinations - number * each) },
        (_, index) => ({
          name: `desk-${index}`,
          channel: "webhook",
          config: {
            url: `${url}/team-${number}/${index}`,
            headers: { authorization: `Bearer ${number}-${index}` },
          },
        }),
      ),
    })),
    rules: Array.from({ length: size.rules }, (_, number) => ({
      match: number % 3 === 2
        ? [`service=~"(service|job)-${number}(-canary)?"`, 'severity=~"critical|warning"']
        : number % 3 === 1
        ? [`service=~"service-${number}|job-${number}"`]
        : [`service="service-${number}"`, 'severity!="info"'],
      group: groupOf(number % size.groups),
    })),
  };
}
