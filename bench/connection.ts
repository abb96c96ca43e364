/** An HTTP/1.1 connection that is kept open. It costs little, so that the measured program gets the machine's time. */
export class Connection implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(65_536);
  readonly #decoder = new TextDecoder();

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connect to a server. */
  static async open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    const conn = await Deno.connect({ hostname, port: Number(port) });
    conn.setNoDelay(true);
    return new Connection(conn);
  }

  /** Send a whole request and read the whole answer. @returns its status and body. */
  async send(request: Uint8Array): Promise<{ status: number; body: string }> {
    for (let sent = 0; sent < request.byteLength;) {
      sent += await this.#conn.write(sent === 0 ? request : request.subarray(sent));
    }
    let text = "";
    while (true) {
      const read = await this.#conn.read(this.#buffer);
      if (read === null) throw new Error("Cannot measure: the server closed the connection");
      text += this.#decoder.decode(this.#buffer.subarray(0, read), { stream: true });
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) continue;
      const [, length] = /\r\ncontent-length: *(\d+)/i.exec(text) ?? [];
      if (length === undefined) throw new Error(`Cannot measure: an answer without a length: ${text}`);
      // The measured servers answer in ASCII, so characters are bytes.
      const body = text.slice(end + 4);
      if (body.length >= Number(length)) return { status: Number(text.slice(9, 12)), body };
    }
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}
