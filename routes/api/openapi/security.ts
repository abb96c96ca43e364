import { FORM_TOKEN_HEADER } from "../../http/identity.ts";
import { SESSION_COOKIE } from "../../http/identity.ts";
import type { Security } from "../../http/described.ts";

/** The ways to authenticate. */
export const SECURITY_SCHEMES = {
  token: {
    type: "http",
    scheme: "bearer",
    description: "An API token, or the admin password. A token's scope is its role: read = viewer, " +
      "operate = operator, admin = admin",
  },
  basic: { type: "http", scheme: "basic", description: "The user admin, and the admin password" },
  session: {
    type: "apiKey",
    in: "cookie",
    name: SESSION_COOKIE,
    description: `A page of the console; to change something it also sends ${FORM_TOKEN_HEADER}`,
  },
  intakeToken: {
    type: "http",
    scheme: "bearer",
    description: "The intake token, or an API token of the scope intake for this door",
  },
  intakeBasic: { type: "http", scheme: "basic", description: "Any user, and the intake token as password" },
  intakeQuery: { type: "apiKey", in: "query", name: "token", description: "The intake token" },
  ocpBasic: {
    type: "http",
    scheme: "basic",
    description: "FENGHUO_OCP_USER and FENGHUO_OCP_PASSWORD; without them any user with the intake token",
  },
  ocpSignature: {
    type: "apiKey",
    in: "header",
    name: "authorization",
    description: "OCP's AK/SK signature: the user as access key, the password as secret key",
  },
  metricsToken: { type: "http", scheme: "bearer", description: "FENGHUO_METRICS_TOKEN" },
  robotToken: {
    type: "apiKey",
    in: "query",
    name: "access_token",
    description: "A group's robot_token, or the intake token",
  },
} as const;

/** The ways that each kind of address accepts; any one of them is enough. */
export const SECURITY: Readonly<Record<Security, readonly Readonly<Record<string, readonly string[]>>[]>> = {
  api: [{ token: [] }, { basic: [] }, { session: [] }],
  intake: [{ intakeToken: [] }, { intakeBasic: [] }, { intakeQuery: [] }],
  ocp: [{ ocpBasic: [] }, { ocpSignature: [] }],
  robot: [{ robotToken: [] }],
  metrics: [{ metricsToken: [] }, { token: [] }, { basic: [] }, { session: [] }],
  signed: [],
  none: [],
};

/** The refusals common to all addresses; an address's own refusals replace them. */
export const REFUSALS: Readonly<Record<number, string>> = {
  400: "The body is not JSON, or not UTF-8",
  401: "The credentials are missing or wrong",
  403: "The caller's role does not allow it",
  413: "The body is too large",
  415: "The body is compressed with neither gzip nor deflate",
  422: "A field is wrong: the error names it",
  429: "Too many wrong passwords: `retry-after` says when to try again",
  503: "The store is unavailable, or there are too many requests at once: try again",
};
