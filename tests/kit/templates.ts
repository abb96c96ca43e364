import { loadTemplates } from "../../relay/message/templates.ts";

/** The built-in templates. */
export const templates = await loadTemplates({ builtIn: new URL("../../templates/", import.meta.url) });
