/**
 * The pages of the console, in the order of the navigation. What belongs to a page is a file of its own; this is the
 * one place that lists it.
 *
 * @module
 */
import { alertPages } from "./alerts/list.ts";
import { auditPages } from "./audit.ts";
import { channelPages } from "./channels.ts";
import { deliveryPages } from "./deliveries.ts";
import { groupPages } from "./groups/groups.ts";
import { heartbeatPages } from "./heartbeats.ts";
import { inboxPages } from "./inbox.ts";
import { incidentPages } from "./incidents/list.ts";
import { memberPages } from "./members.ts";
import { onCallPages } from "./oncall/oncall.ts";
import { overviewPages } from "./overview.ts";
import { rulePages } from "./rules.ts";
import { accountPages } from "./settings/accounts.ts";
import { apiPages } from "./settings/api.ts";
import { departmentPages } from "./settings/departments.ts";
import { filePages } from "./settings/file.ts";
import { generalPages } from "./settings/general.ts";
import { passwordPages } from "./settings/password.ts";
import { tokenPages } from "./settings/tokens.ts";
import { silencePages } from "./silences/list.ts";
import { templatePages } from "./templates.ts";
import type { ConsolePage } from "./page.ts";

/** All of them. */
export const PAGES: readonly ConsolePage[] = [
  { path: "/", title: "overview.title", role: "viewer", routes: overviewPages },
  { path: "/alerts", title: "alerts.title", role: "viewer", routes: alertPages },
  { path: "/incidents", title: "incidents.title", role: "viewer", routes: incidentPages },
  { path: "/silences", title: "silences.title", role: "viewer", routes: silencePages },
  { path: "/heartbeats", title: "heartbeats.title", role: "viewer", routes: heartbeatPages },
  { path: "/oncall", title: "oncall.title", role: "viewer", routes: onCallPages },
  { path: "/deliveries", title: "deliveries.title", role: "viewer", routes: deliveryPages },
  { path: "/inbox", title: "inbox.title", role: "viewer", routes: inboxPages },
  { path: "/groups", title: "groups.title", role: "viewer", routes: groupPages },
  { path: "/members", title: "members.title", role: "viewer", routes: memberPages },
  { path: "/rules", title: "rules.title", role: "viewer", routes: rulePages },
  { path: "/channels", title: "channels.title", role: "viewer", routes: channelPages },
  { path: "/templates", title: "templates.title", role: "viewer", routes: templatePages },
  {
    path: "/settings/departments",
    title: "departments.title",
    role: "admin",
    setting: true,
    routes: departmentPages,
  },
  { path: "/settings/general", title: "general.title", role: "admin", setting: true, routes: generalPages },
  { path: "/settings/file", title: "file.title", role: "admin", setting: true, routes: filePages },
  { path: "/settings/accounts", title: "accounts.title", role: "admin", setting: true, routes: accountPages },
  { path: "/settings/tokens", title: "tokens.title", role: "admin", setting: true, routes: tokenPages },
  { path: "/settings/api", title: "api.title", role: "viewer", setting: true, routes: apiPages },
  {
    path: "/settings/password",
    title: "password.title",
    role: "viewer",
    setting: true,
    routes: passwordPages,
  },
  { path: "/audit", title: "audit.title", role: "admin", routes: auditPages },
];
