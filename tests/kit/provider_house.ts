/**
 * A relay next to a real identity provider.
 *
 * @module
 */
import { TestClock } from "./clock.ts";
import type { Page, Visitor } from "./console.ts";
import { startProvider, type TestProvider, type TestProviderOptions } from "./oidc_provider.ts";
import { type TestRelay, testRelay } from "./relay.ts";

/** The public address of the relay. */
export const PUBLIC = "http://localhost:8000";

/** The address that the provider redirects to. */
export const CALLBACK = `${PUBLIC}/sign-in/oidc/callback`;

/** A user who is an administrator by the rules of the test. */
export const SRE = { preferred_username: "li.lei", email: "li.lei@example.com", groups: ["sre", "staff"] };

/** A relay and a real provider. The time is the real one at first, because the provider uses it. */
export async function houses(
  { env = {}, ...options }: Partial<TestProviderOptions> & { env?: Record<string, string> } = {},
): Promise<{ house: TestRelay; provider: TestProvider } & AsyncDisposable> {
  const provider = await startProvider({ users: { lilei: SRE }, redirectUris: [CALLBACK], ...options });
  const house = await testRelay({
    env: { ...provider.env(PUBLIC), ...env },
    clock: new TestClock(Date.now()),
  });
  return {
    house,
    provider,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** The page at an address of the relay. */
export async function at(one: Visitor, address: string): Promise<Page> {
  return await one.get(address.replace(PUBLIC, ""));
}

/** Begins a sign-in. @returns the provider's address */
export async function begin(one: Visitor, to = ""): Promise<string> {
  const { status, headers, html } = await one.get(`/sign-in/oidc?to=${encodeURIComponent(to)}`);
  if (status !== 303) throw new Error(`No sign-in begins: ${status} ${html}`);
  return headers.get("location")!;
}

/** Signs in as a user of the provider. @returns the relay's answer */
export async function signInAs(
  one: Visitor,
  provider: TestProvider,
  { user = "lilei", to = "" }: { user?: string; to?: string } = {},
): Promise<Page> {
  return await at(one, await provider.visit(await begin(one, to), user));
}

/** The reason why a sign-in was refused, from its redirect. */
export function problemOf({ headers }: Page): string | null {
  return new URL(headers.get("location") ?? "", PUBLIC).searchParams.get("problem");
}

/** The role of the signed-in user; `undefined` without one. */
export async function roleOf(one: Visitor): Promise<string | undefined> {
  if ((await one.get("/inbox")).status !== 200) return undefined;
  if ((await one.get("/settings/accounts")).status === 200) return "admin";
  return (await one.get("/silences/new")).status === 200 ? "operator" : "viewer";
}
