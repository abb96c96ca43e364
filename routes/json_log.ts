/** The log of the process. */
export interface Log {
  /** Normal operation. */
  say(words: string): void;
  /** A sender's error. */
  warn(words: string): void;
  /** A fault of the relay or of its environment. */
  report(words: string): void;
}

/** The targets of lines: standard output and standard error. */
export interface LogLines {
  print(line: string): void;
  complain(line: string): void;
}

/** The log as JSON, one object a line. `request`: the id of the request that is being answered, if any. */
export function jsonLog(
  { print, complain }: LogLines,
  request: () => string | undefined,
  now: () => number = Date.now,
): Log {
  const line = (level: "info" | "warn" | "error", message: string): string =>
    JSON.stringify({ time: new Date(now()).toISOString(), level, message, request: request() });
  return {
    say: (words) => print(line("info", words)),
    warn: (words) => complain(line("warn", words)),
    report: (words) => complain(line("error", words)),
  };
}
