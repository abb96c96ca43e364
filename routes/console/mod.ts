/**
 * The pages of the console, in the order of the navigation. A page is a file of its own; this is the one place that
 * lists it.
 *
 * @module
 */
import { alertsPage } from "./alerts/list.ts";
import { auditPage } from "./audit.ts";
import { channelsPage } from "./channels.ts";
import { groupsPage } from "./groups/groups.ts";
import { deliveriesPage } from "./deliveries.ts";
import { inboxPage } from "./inbox.ts";
import { incidentsPage } from "./incidents/list.ts";
import { membersPage } from "./members.ts";
import { overviewPage } from "./overview.ts";
import type { ConsolePage } from "./page.ts";
import { rulesPage } from "./rules.ts";
import { templatesPage } from "./templates.ts";
import { accountsPage } from "./settings/accounts.ts";
import { apiPage } from "./settings/api.ts";
import { departmentsPage } from "./settings/departments.ts";
import { filePage } from "./settings/file.ts";
import { generalPage } from "./settings/general.ts";
import { passwordPage } from "./settings/password.ts";
import { tokensPage } from "./settings/tokens.ts";
import { silencesPage } from "./silences/list.ts";

/** All of them. */
export const PAGES: readonly ConsolePage[] = [
  overviewPage,
  alertsPage,
  incidentsPage,
  silencesPage,
  deliveriesPage,
  inboxPage,
  groupsPage,
  membersPage,
  rulesPage,
  channelsPage,
  templatesPage,
  departmentsPage,
  generalPage,
  filePage,
  accountsPage,
  tokensPage,
  apiPage,
  passwordPage,
  auditPage,
];
