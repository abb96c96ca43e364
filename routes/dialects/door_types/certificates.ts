import type { KeyObject, X509Certificate } from "node:crypto";
import { DAY } from "../../../relay/base/duration.ts";
import { nodeCrypto } from "../../../relay/base/node_crypto.ts";
import type { GetText } from "../../../relay/delivery/get_text.ts";
import { RequestError } from "../../http/errors.ts";

/** The cache time of a certificate, and the most cached ones: vendors replace theirs under another address. */
const LIFETIME = DAY;
const MAX_CACHED = 100;

/** The most concurrent fetches: any caller can name an address at the vendor's hosts. */
const MAX_FETCHING = 4;

/**
 * The certificates with which vendors sign, by their addresses. TLS proves that they come from the vendor's host. Their
 * time and kind of key are checked; their chain is not, because an address has the certificate without its issuers.
 */
export class Certificates {
  readonly #getText: GetText;
  readonly #cached = new Map<string, { readonly certificate: X509Certificate; readonly until: number }>();
  readonly #fetching = new Map<string, Promise<X509Certificate>>();

  constructor(getText: GetText) {
    this.#getText = getText;
  }

  /** The key of the certificate at an address. @throws RequestError 401 when it is not valid · 503 when it cannot be fetched */
  async publicKey(address: string, { hosts, now }: { hosts: RegExp; now: number }): Promise<KeyObject> {
    const cached = this.#cached.get(address);
    const certificate = cached && cached.until > now ? cached.certificate : await this.#fetch(address, hosts);
    const { validFromDate, validToDate, publicKey } = certificate;
    if (publicKey.asymmetricKeyType !== "rsa") {
      throw new RequestError(401, "The signing certificate has no RSA key");
    }
    if (now < validFromDate.getTime() || now > validToDate.getTime()) {
      throw new RequestError(401, "The signing certificate is not valid now: is the relay's clock right?");
    }
    if (cached?.certificate !== certificate) this.#note(address, certificate, now);
    return publicKey;
  }

  async #fetch(address: string, hosts: RegExp): Promise<X509Certificate> {
    const pending = this.#fetching.get(address);
    if (pending) return await pending;
    if (this.#fetching.size >= MAX_FETCHING) throw away("too many are being fetched");
    const fetching = this.#read(address, hosts).finally(() => this.#fetching.delete(address));
    this.#fetching.set(address, fetching);
    return await fetching;
  }

  async #read(address: string, hosts: RegExp): Promise<X509Certificate> {
    const answer = await this.#getText(address, hosts);
    if ("because" in answer) throw away(answer.because);
    if (answer.status >= 500 || answer.status === 429) throw away(`the vendor answers ${answer.status}`);
    if (answer.status !== 200) {
      throw new RequestError(
        401,
        `There is no signing certificate at its address: the vendor answers ${answer.status}`,
      );
    }
    try {
      return new (nodeCrypto().X509Certificate)(answer.text);
    } catch {
      throw new RequestError(401, "There is no signing certificate at its address: the answer is none");
    }
  }

  #note(address: string, certificate: X509Certificate, now: number): void {
    this.#cached.delete(address);
    this.#cached.set(address, { certificate, until: now + LIFETIME });
    if (this.#cached.size > MAX_CACHED) this.#cached.delete(this.#cached.keys().next().value!);
  }
}

function away(because: string): RequestError {
  return new RequestError(503, `The signing certificate cannot be fetched: ${because}; send it again`, {
    "retry-after": "20",
  });
}
