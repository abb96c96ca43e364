import type { z } from "zod";

/** A type as JSON would have it, whatever may be written to. */
type Plain<T> = T extends string | number | boolean | null | undefined ? T
  : T extends readonly (infer E)[] ? readonly Plain<E>[]
  : T extends object ? { readonly [K in keyof T]: Plain<T[K]> }
  : T;

/** What a schema describes, read-only: the type of an answer whose only definition is its schema. */
export type Shape<S extends z.ZodType> = Plain<z.output<S>>;

/**
 * Names the schema of a record that is stored. It compiles only while the schema says neither more nor less than the
 * type: stored records stay free of schemas, and the document cannot fall behind them.
 */
export function sameShape<T>(): <S extends z.ZodType>(
  name: string,
  schema: Same<Plain<T>, Shape<S>> extends true ? S : "Cannot take the schema: it differs from the type",
) => S {
  return <S extends z.ZodType>(name: string, schema: unknown): S => (schema as S).meta({ id: name });
}

/** Identity: with mere assignability a field that may be missing would go unnoticed. */
type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false;
