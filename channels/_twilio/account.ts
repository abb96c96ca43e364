/**
 * The account at Twilio, and calls of its API.
 *
 * @module
 */
import { type ChannelRequest, secret, server, z } from "../../relay/channel.ts";

/** The fields of a config that name the account. */
export const accountFields = {
  account: z.string().trim().regex(/^AC\w+$/, "must be an account SID, which begins with AC").meta({
    title: "Account SID",
    description: "Begins with AC.",
  }),
  user: z.string().trim().regex(/^SK\w+$/, "must be an API key's SID, which begins with SK").optional().meta({
    title: "User",
    description: "The SID of an API key, which begins with SK. Default: the account itself.",
  }),
  secret: secret("Auth token", { description: "Or the secret of the API key." }),
  base: server({ default: "https://api.twilio.com", description: "What stands before /2010-04-01." }),
};

/** An account. */
export interface Account {
  readonly account: string;
  readonly user?: string | undefined;
  readonly secret: string;
  readonly base: string;
}

/** A call of the account's API. `resource`: such as `Messages`. */
export function callOf(
  { account, user = account, secret, base }: Account,
  resource: string,
  form: Readonly<Record<string, string>>,
): ChannelRequest {
  return {
    url: `${base}/2010-04-01/Accounts/${account}/${resource}.json`,
    headers: { authorization: `Basic ${new TextEncoder().encode(`${user}:${secret}`).toBase64()}` },
    form,
  };
}

/** The Chinese of the fields. */
export const ACCOUNT_WORDS: Readonly<Record<string, string>> = {
  "Account SID": "Account SID",
  "Begins with AC.": "以 AC 开头",
  "The SID of an API key, which begins with SK. Default: the account itself.":
    "API Key 的 SID，以 SK 开头；默认为账户自身",
  "Auth token": "Auth Token",
  "Or the secret of the API key.": "或 API Key 的 Secret",
};
