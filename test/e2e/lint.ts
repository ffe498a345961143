import { createConfig, lintFromString } from "@redocly/openapi-core";

/** Lints an answered OpenAPI document. @returns the rules that it breaks, each with a JSON pointer to the place */
export async function lint(response: Response) {
  const problems = await lintFromString({
    source: await response.text(),
    absoluteRef: "openapi.json",
    config: await createConfig({ extends: ["recommended"] }),
  });
  return problems.map(({ ruleId, location }) => [ruleId, location[0].pointer]);
}
