import { OCP_CODE, OcpRefusal } from "./answer.ts";
import { ocpTime } from "./message.ts";

/** The requested page of a list. */
export interface Paging {
  /** The number, from 1. */
  readonly page: number;
  readonly size: number;
}

/** OCP's page sizes: 10 by default, at most 200. */
const SIZE = { default: 10, most: 200 };

/** The parameters of a list, with errors in OCP's words. Unknown parameters are ignored, as OCP does. */
export class OcpQuery {
  readonly #query: URLSearchParams;

  constructor(url: string) {
    this.#query = new URL(url).searchParams;
  }

  /** A parameter, unparsed; an empty one counts as missing. */
  text(name: string): string | undefined {
    return this.#query.get(name) || undefined;
  }

  /** All values of a parameter: it may be repeated, or have `[]` after its name. */
  each(name: string): string[] {
    return [...this.#query.getAll(name), ...this.#query.getAll(`${name}[]`)].filter(Boolean);
  }

  /** All values of a parameter that may also be comma-separated. */
  all(name: string): string[] {
    return this.each(name).flatMap((value) => value.split(",")).map((value) => value.trim()).filter(Boolean);
  }

  /** Values that must be among these. @throws OcpRefusal 400 */
  among<T extends string>(name: string, allowed: readonly T[]): T[] {
    return this.all(name).map((value) =>
      allowed.find((one) => one === value) ?? refuse(name, `must be one of ${allowed.join(", ")}`)
    );
  }

  /** A whole number from 1. @throws OcpRefusal 400 */
  count(name: string, { usual, most }: { usual: number; most: number }): number {
    const value = this.text(name);
    if (value === undefined) return usual;
    const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    return count >= 1 && count <= most ? count : refuse(name, `must be a whole number from 1 to ${most}`);
  }

  /** A time in epoch milliseconds. @throws OcpRefusal 400 */
  time(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    return ocpTime(value) ?? refuse(name, "must be a time such as 2026-01-31T16:00:00+08:00");
  }

  /** `page` and `size`. @throws OcpRefusal 400 */
  paging(): Paging {
    return {
      page: this.count("page", { usual: 1, most: 1_000_000 }),
      size: this.count("size", { usual: SIZE.default, most: SIZE.most }),
    };
  }
}

/** One page of a list, in OCP's envelope; the list is empty after the last page. */
export function pageOf<T>(all: readonly T[], { page, size }: Paging): {
  contents: readonly T[];
  page: { number: number; size: number; totalElements: number; totalPages: number };
} {
  return {
    contents: all.slice((page - 1) * size, page * size),
    page: {
      number: page,
      size,
      totalElements: all.length,
      totalPages: Math.ceil(all.length / size),
    },
  };
}

function refuse(name: string, message: string): never {
  throw new OcpRefusal({
    status: 400,
    code: OCP_CODE.illegalArgument,
    message: `Illegal argument (COM10001): ${name}: ${message}`,
  });
}
