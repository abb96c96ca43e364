/**
 * A company that has used the relay for a while: every page of the console has data to show.
 *
 * @module
 */

/** Its teams, each with a group of its own. */
export const TEAMS = 40;

/** All members of the teams. */
export const MEMBERS = 120;

/** The group whose vendor accepts nothing, so that tens of thousands of deliveries wait. */
export const NIGHT = "night/default";

/** The team with a window of half a day: its old duplicates are far from the alert that notified it. */
export const LONG_WINDOW = 9;

/** A team's name. */
export function teamOf(number: number): string {
  return `team-${String(number % TEAMS).padStart(2, "0")}`;
}

/** Its configuration. `url`: a sink that accepts every request except those to `/gone`. */
export function companyYaml(url: string): string {
  const members = Array.from(
    { length: MEMBERS },
    (_, number) =>
      `  - { id: member-${number}, name: 成员 ${number}, email: m${number}@example.com, mobile: "138${
        String(number).padStart(8, "0")
      }" }`,
  );
  const groups = Array.from({ length: TEAMS }, (_, number) => `
  - owner: ${teamOf(number)}
    level: default
    members: [member-${number}, member-${number + TEAMS}, member-${number + 2 * TEAMS}]
    window: ${number === LONG_WINDOW ? "12h" : "5m"}
    destinations:
      - { name: desk, channel: webhook, config: { url: "${url}/${teamOf(number)}" }, fallback: mail }
      - { name: mail, channel: email, config: { host: 127.0.0.1, port: 9, from: fenghuo@example.com } }`);
  const rules = Array.from(
    { length: 20 },
    (_, number) =>
      `  - { match: ['alertname=~"Disk.*|Node.*"', 'cluster="prod-${number}"', 'night="yes"'], group: ${NIGHT} }
  - { match: ['team="${teamOf(number)}"', 'cluster="prod-${number}"'], group: ${teamOf(number)}/default }`,
  );
  return `
members:
${members.join("\n")}
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: night, level: default, destinations: [{ name: gone, channel: webhook, config: { url: "${url}/gone" } }] }${
    groups.join("")
  }
rules:
${rules.join("\n")}
`;
}
