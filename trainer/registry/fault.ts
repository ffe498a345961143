/** Why `fetch` failed, in words. Its own message says only that it failed. */
export function reasonOfFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const reason = error.cause instanceof Error ? error.cause : error;
  // The cause has no message where several addresses of a name were tried.
  return reason.message || ("code" in reason ? String(reason.code) : reason.name);
}
