import { Eta } from "eta";
import type { DigestData } from "./digest_data.ts";
import type { MailData } from "./mail_data.ts";
import { LOOK_ALIKES } from "./markdown.ts";
import { EXACT } from "./stand_ins.ts";
import type { MessageData } from "./template_data.ts";
import { cut, oneLine, printable } from "../base/text.ts";

/** The output of templates. Each function throws the error of its template. */
export interface Templates {
  /** A message's title: plain text. */
  readonly title: (data: MessageData) => string;
  /** A message's body as plain text. */
  readonly text: (data: MessageData) => string;
  /** A message's body as markdown; values are escaped by look-alikes. */
  readonly markdown: (data: MessageData) => string;
  /** The same for {@linkcode printMarkup}; values are stand-ins. */
  readonly commonmark: (data: MessageData) => string;
  /** A digest's body in the same three forms. */
  readonly digest: Readonly<Record<"text" | "markdown" | "commonmark", (data: DigestData) => string>>;
  /** A message as a page, for mail; values are escaped. */
  readonly mail: (data: MailData) => string;
  /** A page of the console, by its path in the folder: `console/inbox`; values are escaped. */
  readonly html: (name: string, data: object) => string;
  /** The operator's templates that are not used, each with the reason. */
  readonly problems: readonly string[];
  /** The operator's files that are in use: the template's path → the file. */
  readonly overrides: ReadonlyMap<string, string>;
  /** The operator's folder, if there is one. */
  readonly folder: string | undefined;
}

/** The sources of templates. */
export interface TemplateFolders {
  /** The project's own. */
  readonly builtIn: string | URL;
  /** The operator's, whose files replace those of the same path. */
  readonly override?: string | undefined;
}

type TemplateKind = "text" | "markdown" | "html";

/** The engines by escaping; `commonmark` has the templates of `markdown`. */
type Engines = Readonly<Record<TemplateKind | "commonmark", Eta>>;

/** The path of the mail template, without `.eta`. */
const MAIL = "mail/alerts";

/** `<%= undefined %>` prints nothing, and only the explicit `-%>` trims. */
const COMMON = {
  autoFilter: true,
  filterFunction: (value: unknown) => String(value ?? ""),
  autoTrim: false,
  cache: true,
} as const;

const CONFIGS = {
  text: { ...COMMON, autoEscape: false },
  markdown: { ...COMMON, escapeFunction: (value: unknown) => LOOK_ALIKES.escape(String(value)) },
  commonmark: { ...COMMON, escapeFunction: (value: unknown) => EXACT.escape(String(value)) },
  // Much of a page comes from senders and vendors: control characters could reverse a line, or hide a part of it.
  html: { ...COMMON, filterFunction: (value: unknown) => printable(String(value ?? "")) },
} as const satisfies Record<keyof Engines, ConstructorParameters<typeof Eta>[0]>;

/** The built-in templates, by path, each read and compiled on first use: few starts at the edge show a page. */
class Engine extends Eta {
  constructor(kind: keyof Engines, builtIn: string | URL) {
    super(CONFIGS[kind]);
    this.resolvePath = (name) => name;
    this.readFile = (name) => Deno.readTextFileSync(pathIn(builtIn, `${name}.eta`));
  }
}

/**
 * All templates (`*.eta`). The operator's are read and compiled at once, and those for messages are also rendered
 * with examples, so that a fault is found at the start. The built-in ones are tested by their tests, not at every
 * start.
 *
 * @throws {Error} if there is no built-in folder. Faults of the operator's templates are reported in `problems`, and
 * the built-in ones used.
 */
export async function loadTemplates({ builtIn, override }: TemplateFolders): Promise<Templates> {
  await Deno.stat(builtIn);
  const engines = {
    text: new Engine("text", builtIn),
    markdown: new Engine("markdown", builtIn),
    commonmark: new Engine("commonmark", builtIn),
    html: new Engine("html", builtIn),
  };
  const problems: string[] = [];
  const overrides = new Map<string, string>();
  for (const [name, source] of override === undefined ? [] : await readFolder(override, problems)) {
    const examples = await examplesFor(name);
    const problem = load(engines, name, { source, examples });
    if (problem !== undefined) {
      problems.push(`Cannot use template "${name}.eta" from "${override}": ${problem}`);
    } else overrides.set(name, `${override}/${name}.eta`);
  }

  return {
    // An operator's template may print the brackets of a summary that is empty.
    title: (data) => oneLine(engines.text.render("message/title", data)).replace(/^\[\] */, ""),
    text: (data) => tidy(engines.text.render("message/text", data)),
    markdown: (data) => tidy(engines.markdown.render("message/markdown", data)),
    commonmark: (data) => tidy(engines.commonmark.render("message/markdown", data)),
    digest: {
      text: (data) => tidy(engines.text.render("message/digest_text", data)),
      markdown: (data) => tidy(engines.markdown.render("message/digest_markdown", data)),
      commonmark: (data) => tidy(engines.commonmark.render("message/digest_markdown", data)),
    },
    mail: (data) => engines.html.render(MAIL, data),
    html: (name, data) => engines.html.render(name, data),
    problems,
    overrides,
    folder: override,
  };
}

/** The first line of an error from a template: Eta adds the source or the generated function below it. */
export function templateError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const fault = message.replace(/^Bad template syntax\s+/, "").trimStart().split("\n", 1)[0]!;
  return cut(oneLine(fault).replace(/:$/, ""), { chars: 200 });
}

/** The output of a template, or the reason why it cannot be used. `path`: the template's, such as `message/title`. */
export function writeWith(path: string, template: () => string): { text: string } | { problem: string } {
  try {
    const text = template();
    return text === "" ? { problem: `Template "${path}" printed nothing` } : { text };
  } catch (error) {
    return { problem: `Template "${path}" failed: ${templateError(error)}` };
  }
}

function kindOf(name: string): TemplateKind {
  if (/^message\/(.+_)?markdown$/.test(name)) return "markdown";
  return name.startsWith("message/") ? "text" : "html";
}

/** @returns the error of the template, if it has one; the previous template then remains */
function load(
  engines: Engines,
  name: string,
  { source, examples }: { source: string; examples: readonly object[] },
): string | undefined {
  const kind = kindOf(name);
  const eta = engines[kind];
  try {
    const template = eta.compile(source);
    if (examples.some((data) => eta.render(template, data).trim() === "")) {
      return "it prints nothing";
    }
    eta.loadTemplate(name, template);
    if (kind === "markdown") engines.commonmark.loadTemplate(name, template);
    return undefined;
  } catch (error) {
    return templateError(error);
  }
}

/** Sample data for a template; none for a page of the console, which its own tests cover. */
async function examplesFor(name: string): Promise<readonly object[]> {
  if (kindOf(name) === "html" && name !== MAIL) return [];
  const { digestExamples, mailExamples, messageExamples } = await import("./template_examples.ts");
  if (name === MAIL) return mailExamples();
  return name.startsWith("message/digest_") ? digestExamples() : messageExamples();
}

/** Removes empty lines at the end and repeated ones: a missing field leaves no gap. */
function tidy(text: string): string {
  return text.replace(/[^\S\n]+$/gm, "").replace(/\n{3,}/g, "\n\n").trim();
}

/** The sources of all templates in a folder, by their path without `.eta`. */
async function readFolder(folder: string, problems: string[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  try {
    await readInto(sources, folder, "");
  } catch (error) {
    problems.push(`Cannot read templates from "${folder}": ${templateError(error)}`);
  }
  return sources;
}

async function readInto(sources: Map<string, string>, root: string, path: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(pathIn(root, path || "."))) {
    if (isDirectory) await readInto(sources, root, `${path}${name}/`);
    else if (name.endsWith(".eta")) {
      sources.set(path + name.slice(0, -4), await Deno.readTextFile(pathIn(root, path + name)));
    }
  }
}

function pathIn(root: string | URL, path: string): string | URL {
  return root instanceof URL ? new URL(path, root.href.replace(/\/?$/, "/")) : `${root}/${path}`;
}
