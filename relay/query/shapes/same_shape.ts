import type { z } from "zod";

/** A type as JSON represents it, without `readonly`. */
type Plain<T> = T extends string | number | boolean | null | undefined ? T
  : T extends readonly (infer E)[] ? readonly Plain<E>[]
  : T extends object ? { readonly [K in keyof T]: Plain<T[K]> }
  : T;

/** The read-only type of an answer whose only definition is its schema. */
export type Shape<S extends z.ZodType> = Plain<z.output<S>>;

/**
 * Names the schema of a stored record. It compiles only if the schema is equal to the type: stored records need no schema,
 * and the API document cannot diverge from them.
 */
export function sameShape<T>(): <S extends z.ZodType>(
  name: string,
  schema: Same<Plain<T>, Shape<S>> extends true ? S : "Cannot take the schema: it differs from the type",
) => S {
  return <S extends z.ZodType>(name: string, schema: unknown): S => (schema as S).meta({ id: name });
}

/** Type identity: assignability would not detect a missing optional field. */
type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false;
