import { describe, expect, it } from "vitest";
import { lint } from "./lint.ts";
import { useServers } from "./servers.ts";

const servers = useServers();

describe("the registry's GET /openapi.json", () => {
  it("is what a linter of OpenAPI recommends", async () => {
    const response = await fetch(new URL("/openapi.json", servers().registryUrl));
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await lint(response)).toEqual([
      // The repository has none.
      ["info-license", "#/info"],
      // A version is never called "shards".
      ["no-ambiguous-paths", "#/paths/~1datasets~1{name}~1{version}~1entries"],
      // These never refuse.
      ["operation-4xx-response", "#/paths/~1healthz/get/responses"],
      ["operation-4xx-response", "#/paths/~1openapi.json/get/responses"],
    ]);
  });
});
