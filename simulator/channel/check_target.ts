import { ONCE } from "../../relay/config/complaint.ts";
import { fault, warning } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** A secret that no vendor issues; the sentence about it must not show it. */
const PROBE = "c0ffee-probe";

/** Check the channel's reading of a pasted address. */
export async function checkTarget(subject: Subject): Promise<void> {
  const { target, config } = subject.channel;
  if (!target) return;
  const read = async (url: URL): Promise<unknown> =>
    await subject.ask(`target.read, for an address of ${url.host}`, () => target.read(url));
  const host = target.hosts.find((host) => !host.startsWith("*.")) ?? "any.example.com";
  const answer = await read(new URL(`https://${host}/${PROBE}?nothing=${PROBE}`));
  if (typeof answer === "string" && answer.includes(PROBE)) {
    subject.add(fault(
      "target.read shows the address in its sentence",
      "say what the address lacks, without quoting it: it may hold a credential",
    ));
  }
  if (target.example === undefined) {
    subject.add(warning(
      "target has no example",
      "give an address as the vendor gives it out, with a made-up credential: the console shows it",
    ));
    return;
  }
  const example = URL.parse(target.example);
  if (example === null) {
    subject.add(fault("target.example is not an address", "write it whole, with https://"));
    return;
  }
  const isOwn = target.hosts.length === 0 ||
    target.hosts.some((pattern) =>
      pattern.startsWith("*.") ? example.host.endsWith(pattern.slice(1)) : example.host === pattern
    );
  if (!isOwn) {
    subject.add(fault("target.example is at none of target.hosts", "add its host to target.hosts"));
  }
  const found = await read(example);
  if (typeof found !== "object" || found === null) {
    subject.add(fault("target.read does not read target.example", "correct one of them"));
    return;
  }
  const parsed = config.safeParse(found, ONCE);
  if (!parsed.success) {
    const [{ path = [], message = "" } = {}] = parsed.error.issues;
    subject.add(fault(
      `target.read makes a config of target.example that the schema refuses: ${path.join(".")} ${message}`,
      "return all that the address says, and an example that is complete",
    ));
  }
}
