import { describe, expect, it } from "vitest";
import { call, refusalOf } from "./client.ts";

/** What Chromium sends when it opens a page. */
const BROWSER =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

const open = (path: string, accept: string) =>
  call(path, { headers: { accept, authorization: "" } });

describe("GET of jobs without a key", () => {
  it.each(["/jobs", "/jobs?state=failed", "/jobs/0123456789ab", "/jobs/nonsense"])(
    "%s is the page for a browser",
    async (path) => {
      const response = await open(path, BROWSER);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toMatch(/^text\/html/);
      expect(response.headers.get("vary")).toBe("accept");
      const policy = response.headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(await response.text()).toContain('src="/page/main.js"');
    },
  );

  it.each(["", "*/*", "application/json", "application/json, text/html"])(
    "is refused where %j is accepted",
    async (accept) => {
      for (const path of ["/jobs", "/jobs/0123456789ab"]) {
        expect(await refusalOf(await open(path, accept))).toMatchObject({ status: 401 });
      }
    },
  );

  it("is the page at no other path", async () => {
    for (const path of ["/", "/models", "/jobs/0123456789ab/events", "/page/none.js"]) {
      expect((await open(path, BROWSER)).status).toBe(401);
    }
  });
});

it("the JSON of jobs depends on what is accepted, so that no cache gives it to a browser", async () => {
  for (const path of ["/jobs", "/jobs?limit=1"]) {
    const response = await call(path, { headers: { accept: "application/json" } });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("vary")).toBe("accept");
    await response.body?.cancel();
  }
});

it.each([
  ["main.js", "javascript"],
  ["style.css", "text/css"],
  ["icon.svg", "image/svg"],
])("/page/%s needs no key, and is not sent twice", async (file, type) => {
  const response = await open(`/page/${file}`, "*/*");
  expect(response.headers.get("content-type")).toContain(type);
  const etag = response.headers.get("etag") ?? "";
  await response.body?.cancel();
  const headers = { "if-none-match": etag, authorization: "" };
  expect((await call(`/page/${file}`, { headers })).status).toBe(304);
});
