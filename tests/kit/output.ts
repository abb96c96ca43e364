/** The text that a process prints, collected while it runs. */
export interface Output {
  /** The text so far. */
  readonly text: string;
  /** Resolves when the process has closed its output. */
  readonly ended: Promise<void>;
}

/** Collects the text of streams, such as a process's `stdout`, in the order in which it arrives. */
export function collect(...streams: readonly ReadableStream<Uint8Array>[]): Output {
  let text = "";
  const ended = Promise.all(streams.map(async (stream) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  })).then(() => {});
  return {
    get text(): string {
      return text;
    },
    ended,
  };
}
