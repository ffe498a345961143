/** Logs what happened as one line of JSON. */
export function logInfo(fields: Record<string, string>): void {
  // eslint-disable-next-line no-console -- as below
  console.log(JSON.stringify({ level: "info", ...fields }));
}

/** Logs an unexpected error as one line of JSON, whose fields Workers Logs can search. */
export function logError(error: unknown, fields: Record<string, string>): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  // eslint-disable-next-line no-console -- the console is the only log a Worker has
  console.error(JSON.stringify({ level: "error", message, stack, ...fields }));
}
