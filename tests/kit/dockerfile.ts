/**
 * A Dockerfile, parsed and executed without a builder: its last stage runs in a folder that serves as the root, with
 * this machine's programs below it.
 *
 * @module
 */
import { cp } from "node:fs/promises";
import { ROOT } from "./process.ts";

/** An instruction, such as `RUN` and its words. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of a Dockerfile, with its `ARG`s filled in. */
export function instructionsOf(dockerfile: string): Instruction[] {
  const joined = dockerfile.replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "");
  const args = new Map(
    Array.from(joined.matchAll(/^ARG (\w+)=(\S+)$/gm), ([, name, value]) => [name!, value!]),
  );
  return joined.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, name, text] = /^([A-Z]+) (.*)$/.exec(line)!;
    return { name: name!, text: text!.replace(/\$\{(\w+)\}/g, (whole, arg) => args.get(arg) ?? whole) };
  });
}

/** The words of `["deno", "run"]`. */
export function execForm(text: string): string[] {
  return JSON.parse(text.slice(text.indexOf("[")));
}

/** The files and folders of the checkout that a `.dockerignore` admits. It must name all of them. */
export function contextOf(dockerignore: string): string[] {
  const [first, ...rest] = dockerignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (first !== "*" || rest.some((line) => !/^!\w[\w.-]*$/.test(line))) {
    throw new Error(`Cannot read .dockerignore: it is "${dockerignore}"`);
  }
  return rest.map((line) => line.slice(1));
}

/** A built image. */
export interface Image {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workdir: string;
  readonly volumes: readonly string[];
  readonly entrypoint: readonly string[];
  readonly healthcheck: readonly string[];
  /** A command that runs these words in the image as `docker run --read-only` does: only the volumes can be written. */
  command(words: readonly string[], env?: Readonly<Record<string, string>>): Deno.Command;
}

/** Programs and libraries of this machine, as a replacement for the base image. */
const BASE = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/share", "/etc", "/dev", "/proc"];

/** Whether this user can give a process a root of its own. */
export async function canBuild(): Promise<boolean> {
  const words = ["--mount", "sh", "-c", "mount --bind /tmp /mnt && command -v setpriv"];
  return await new Deno.Command("unshare", { args: words, stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success && Deno.uid() === 0, () => false);
}

/**
 * Execute the last stage of a Dockerfile in an empty folder. Files from another stage are this machine's Deno, and
 * the base image is this machine; so its packages are not installed.
 */
export async function build(
  instructions: readonly Instruction[],
  { root }: { root: string },
): Promise<Image> {
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === "FROM") + 1);
  const env: Record<string, string> = { PATH: "/usr/local/bin:/usr/bin:/bin" };
  const image = {
    user: "0:0",
    workdir: "/",
    volumes: [] as string[],
    entrypoint: [] as string[],
    healthcheck: [] as string[],
  };
  await prepare(root);
  for (const { name, text } of last) {
    switch (name) {
      case "ENV":
        for (const [, key, value] of text.matchAll(/(\w+)=(\S+)/g)) env[key!] = value!;
        if (env.DENO_DIR !== undefined) await seed(root + env.DENO_DIR);
        break;
      case "COPY":
        await copy(text, root);
        break;
      case "RUN":
        if (!/^apt-get /.test(text)) await run(text, { root, env });
        break;
      case "USER":
        image.user = text;
        break;
      case "WORKDIR":
        image.workdir = text;
        break;
      case "VOLUME":
        image.volumes.push(text);
        break;
      case "ENTRYPOINT":
        image.entrypoint = execForm(text);
        break;
      case "HEALTHCHECK":
        image.healthcheck = execForm(text);
        break;
      case "EXPOSE":
        break;
      default:
        throw new Error(`Cannot carry out "${name} ${text}"`);
    }
  }
  return {
    ...image,
    env,
    command: (words, more = {}) => inside(root, { ...image, env: { ...env, ...more }, words }),
  };
}

async function prepare(root: string): Promise<void> {
  for (const path of BASE) await Deno.mkdir(root + path, { recursive: true });
  for (const path of ["/usr/local/bin", "/tmp"]) await Deno.mkdir(root + path, { recursive: true });
  for (const path of ["/bin", "/sbin", "/lib", "/lib64"]) await Deno.symlink(`usr${path}`, root + path);
}

async function copy(text: string, root: string): Promise<void> {
  const [from, to] = text.split(" ").slice(-2) as [string, string];
  if (text.startsWith("--from=")) return await Deno.copyFile(Deno.execPath(), root + to);
  if (from !== ".") throw new Error(`Cannot carry out "COPY ${text}"`);
  await Deno.mkdir(root + to, { recursive: true });
  for (const name of contextOf(await Deno.readTextFile(`${ROOT}.dockerignore`))) {
    await cp(`${ROOT}${name}`, `${root}${to}/${name}`, { recursive: true });
  }
}

async function run(
  text: string,
  { root, env }: { root: string; env: Readonly<Record<string, string>> },
): Promise<void> {
  const words = [...mounts(root), `exec /usr/sbin/chroot ${root} sh -c "$1"`].join(" && ");
  const { success, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", words, "sh", text],
    clearEnv: true,
    env,
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  if (!success) throw new Error(`RUN ${text}: ${said}`);
}

function inside(
  root: string,
  { env, user, workdir, volumes, words }: Pick<Image, "env" | "user" | "workdir" | "volumes"> & {
    words: readonly string[];
  },
): Deno.Command {
  const [uid, gid] = user.split(":");
  const script = [
    `mount --bind ${root} ${root}`,
    ...mounts(root),
    ...volumes.map((path) => `mount --bind ${root}${path} ${root}${path}`),
    `mount -o remount,bind,ro ${root}`,
    `exec /usr/sbin/chroot ${root} setpriv --reuid=${uid} --regid=${gid} --clear-groups --no-new-privs --inh-caps=-all ` +
    `--bounding-set=-all env --chdir=${workdir} "$@"`,
  ].join(" && ");
  return new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", script, "sh", ...words],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function mounts(root: string): string[] {
  return BASE.map((path) => `mount --rbind ${path} ${root}${path}`);
}

/** Copy the packages of this machine into the image's cache, like the cache of a builder. */
async function seed(folder: string): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: ROOT })
    .output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  await cp(npmCache, `${folder}/npm`, { recursive: true });
}
