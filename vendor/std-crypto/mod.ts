/**
 * The part of `@std/crypto` that Fenghuo uses, over `node:crypto`, so that the project also builds where JSR
 * is out of reach. The names and signatures are those of the real package: remove the `links` line of
 * `deno.json` to use that one instead.
 *
 * @module
 */
export { timingSafeEqual } from "./timing_safe_equal.ts";

/** The digests that Fenghuo uses. */
export type DigestAlgorithm = "MD5" | "SHA-1" | "SHA-256";

const NODE_NAME: Record<DigestAlgorithm, string> = { "MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256" };

/** Digests, beside those of the Web Crypto API which are asynchronous and do not know MD5. */
export const crypto = {
  subtle: {
    /** The digest of `data`, at once. */
    digestSync(algorithm: DigestAlgorithm, data: Uint8Array): ArrayBuffer {
      // Loaded with the first digest: it takes a start longer than all else that this package does.
      // deno-lint-ignore no-process-global -- importing "node:process" loads more than this does
      const { createHash } = process.getBuiltinModule("node:crypto");
      const digest = createHash(NODE_NAME[algorithm]).update(data).digest();
      return new Uint8Array(digest).buffer;
    },
  },
};
