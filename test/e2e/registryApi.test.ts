import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { useServers } from "./servers.ts";

const servers = useServers();

describe("the registry's GET /openapi.json", () => {
  it("is what a linter of OpenAPI recommends", async () => {
    const response = await fetch(new URL("/openapi.json", servers().registryUrl));
    expect(response.headers.get("content-type")).toBe("application/json");
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({
      source: await response.text(),
      absoluteRef: "openapi.json",
      config,
    });
    expect(problems.map(({ ruleId, location }) => [ruleId, location[0].pointer])).toEqual([
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
