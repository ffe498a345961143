/** The fields of a log line. Each line is JSON, so that Workers Logs can search its fields. */
type Fields = Record<string, string | number>;

/** Logs an unexpected error. */
export function logError(error: unknown, fields: Fields): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  // oxlint-disable-next-line no-console -- the console is the only log a Worker has
  console.error(JSON.stringify({ level: "error", message, stack, ...fields }));
}

/** Logs an expected event. */
export function logInfo(fields: Fields): void {
  // oxlint-disable-next-line no-console -- as above
  console.log(JSON.stringify({ level: "info", ...fields }));
}
