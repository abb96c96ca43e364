/** The way to a value: keys and list positions. */
export type Path = readonly PropertyKey[];

/** A path for people: `groups[1].config["a key"]`. */
export function pathText(path: Path): string {
  return path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    if (!/^[\p{L}\p{N}_$-]+$/u.test(name)) return `[${JSON.stringify(name)}]`;
    return index === 0 ? name : `.${name}`;
  }).join("");
}

/** What {@linkcode pathText} wrote, read back. */
export function pathOf(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.[\]]+)/g)].map((
    [, index, quoted, name],
  ) => index !== undefined ? Number(index) : quoted !== undefined ? JSON.parse(quoted) as string : name!);
}
