/**
 * The pages of the console, in the order of the navigation. What belongs to a page is a file of its own; this is the
 * one place that lists it.
 *
 * @module
 */
import { alertPages } from "./alerts/list.ts";
import { auditPages } from "./audit.ts";
import { channelPages } from "./channels.ts";
import { refusedPages } from "./doors/refused.ts";
import { tryPages } from "./doors/try.ts";
import { deliveryPages } from "./deliveries.ts";
import { groupPages } from "./groups/groups.ts";
import { heartbeatPages } from "./heartbeats.ts";
import { inboxPages } from "./inbox.ts";
import { incidentPages } from "./incidents/list.ts";
import { noisePages } from "./noise/noise.ts";
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
import { setupPages } from "./setup/setup.ts";
import { silencePages } from "./silences/list.ts";
import { templatePages } from "./templates.ts";
import { wallLinkPages } from "./wall/links.ts";
import type { ConsolePage } from "./page.ts";

/** All of them, section by section. */
export const PAGES: readonly ConsolePage[] = [
  { path: "/", title: "overview.title", role: "viewer", section: "duty", routes: overviewPages },
  {
    path: "/incidents",
    title: "incidents.title",
    role: "viewer",
    section: "duty",
    count: ({ incidents }) => incidents.unacknowledged,
    routes: incidentPages,
  },
  {
    path: "/silences",
    title: "silences.title",
    role: "viewer",
    section: "duty",
    count: ({ silences }) => silences,
    routes: silencePages,
  },
  { path: "/alerts", title: "alerts.title", role: "viewer", section: "records", routes: alertPages },
  {
    path: "/deliveries",
    title: "deliveries.title",
    role: "viewer",
    section: "records",
    count: ({ destinations }) => destinations.failing,
    routes: deliveryPages,
  },
  { path: "/inbox", title: "inbox.title", role: "viewer", section: "records", routes: inboxPages },
  { path: "/noise", title: "folding.title", role: "viewer", section: "records", routes: noisePages },
  { path: "/setup", title: "setup.title", role: "admin", section: "setup", routes: setupPages },
  { path: "/groups", title: "groups.title", role: "viewer", section: "setup", routes: groupPages },
  { path: "/members", title: "members.title", role: "viewer", section: "setup", routes: memberPages },
  { path: "/oncall", title: "oncall.title", role: "viewer", section: "setup", routes: onCallPages },
  { path: "/rules", title: "rules.title", role: "viewer", section: "setup", routes: rulePages },
  { path: "/channels", title: "channels.title", role: "viewer", section: "setup", routes: channelPages },
  { path: "/templates", title: "templates.title", role: "viewer", section: "setup", routes: templatePages },
  {
    path: "/settings/departments",
    title: "departments.title",
    role: "admin",
    section: "system",
    routes: departmentPages,
  },
  {
    path: "/doors",
    title: "doors.refused",
    role: "viewer",
    section: "system",
    entry: "nav.doors",
    routes: refusedPages,
  },
  {
    path: "/doors/try",
    title: "doors.try",
    role: "admin",
    section: "system",
    entry: "nav.doors",
    routes: tryPages,
  },
  {
    path: "/heartbeats",
    title: "heartbeats.title",
    role: "viewer",
    section: "system",
    routes: heartbeatPages,
  },
  {
    path: "/settings/accounts",
    title: "accounts.title",
    role: "admin",
    section: "system",
    entry: "nav.accounts",
    routes: accountPages,
  },
  {
    path: "/settings/tokens",
    title: "tokens.title",
    role: "admin",
    section: "system",
    entry: "nav.accounts",
    routes: tokenPages,
  },
  {
    path: "/settings/wall",
    title: "wall.link.title",
    role: "operator",
    section: "system",
    entry: "nav.accounts",
    routes: wallLinkPages,
  },
  { path: "/settings/file", title: "file.title", role: "admin", section: "system", routes: filePages },
  { path: "/audit", title: "audit.title", role: "admin", section: "system", routes: auditPages },
  {
    path: "/settings/general",
    title: "general.title",
    role: "admin",
    section: "system",
    entry: "nav.settings",
    routes: generalPages,
  },
  {
    path: "/settings/api",
    title: "api.title",
    role: "viewer",
    section: "system",
    entry: "nav.settings",
    routes: apiPages,
  },
  {
    path: "/settings/password",
    title: "password.title",
    role: "viewer",
    section: "system",
    entry: "nav.settings",
    routes: passwordPages,
  },
];
