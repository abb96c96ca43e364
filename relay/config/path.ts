/** The path of a value: keys and list indexes. */
export type Path = readonly PropertyKey[];

/** Formats a path: `groups[1].config["a key"]`. */
export function pathText(path: Path): string {
  return path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    if (!/^[\p{L}\p{N}_$-]+$/u.test(name)) return `[${JSON.stringify(name)}]`;
    return index === 0 ? name : `.${name}`;
  }).join("");
}

/** Parses the output of {@linkcode pathText}. */
export function pathOf(text: string): Path {
  return [...text.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.[\]]+)/g)].map((
    [, index, quoted, name],
  ) => index !== undefined ? Number(index) : quoted !== undefined ? JSON.parse(quoted) as string : name!);
}
