/** Answers are data: a browser that opens one loads and runs nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Pages load their scripts from the Worker itself. Swagger UI, at /docs, sets styles on its elements. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The headers that make an answer safe in a browser, https://owasp.org/www-project-secure-headers. */
export function securityHeaders({ headers }: Response): Record<string, string> {
  const isPage = headers.get("content-type")?.startsWith("text/html");
  return {
    "Content-Security-Policy": isPage ? PAGE_POLICY : DATA_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}
