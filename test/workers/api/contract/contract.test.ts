import { describe, expect, it } from "vitest";
import * as z from "zod";
import { contract } from "../../../../workers/api/contract/contract.ts";

const rest = { method: "get" as const, path: "/new", summary: "", description: "", errors: [] };
const unnamed = z.strictObject({ a: z.string() });

describe("a contract", () => {
  it("is refused if the document has no name for its answer", () => {
    const answer = { description: "", schema: unnamed };
    expect(() => contract({ ...rest, answer })).toThrow(
      'the schema of the answer of /new has no name: add .meta({ id: "Name" })',
    );
  });

  it("is refused if the document has no name for its request", () => {
    const answer = { description: "", schema: z.string(), type: "text/plain" } as const;
    expect(() => contract({ ...rest, answer, body: { schema: unnamed, examples: {} } })).toThrow(
      "the schema of the request of /new has no name",
    );
  });

  it("needs no name for text", () => {
    const answer = { description: "", schema: z.string(), type: "text/plain" } as const;
    expect(contract({ ...rest, answer })).toMatchObject(rest);
  });
});
