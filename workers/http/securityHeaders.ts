/** For data: a browser that opens it loads and runs nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** For pages: scripts come only from the Worker. Swagger UI, at /docs, needs inline styles. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The security headers of an answer, as https://owasp.org/www-project-secure-headers recommends. */
export function securityHeaders({ headers }: Response): Record<string, string> {
  const isPage = headers.get("content-type")?.startsWith("text/html");
  return {
    "Content-Security-Policy": isPage ? PAGE_POLICY : DATA_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}
