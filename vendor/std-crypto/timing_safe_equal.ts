/**
 * Whether two byte strings are equal, in a time that does not tell where they differ.
 *
 * @throws TypeError when the lengths differ: compare digests, which never do.
 */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) throw new TypeError("Cannot compare: the lengths differ");
  let difference = 0;
  for (let i = 0; i < a.byteLength; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
