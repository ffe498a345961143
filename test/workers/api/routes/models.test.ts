import { beforeAll, describe, expect, it } from "vitest";
import { models as contract } from "../../../../workers/api/contract/models.ts";
import { tinyPackage } from "../../tinyPackage.ts";
import { ask, publish } from "../ask.ts";

beforeAll(async () => {
  for (const name of ["listed-b", "listed-a"]) {
    await publish(await tinyPackage({ name }));
  }
});

describe("GET /v1/models", () => {
  it("lists what answers, in OpenAI's shape", async () => {
    const { object, data } = contract.answer.schema.parse(await (await ask("/v1/models")).json());
    expect(object).toBe("list");
    const listed = data.filter(({ id }) => id.startsWith("listed-"));
    expect(listed.map(({ id }) => id)).toEqual(["listed-a", "listed-b"]);
    for (const { created } of listed) {
      expect(Math.abs(created - Date.now() / 1000)).toBeLessThan(3600);
    }
  });

  it("lists none of another channel", async () => {
    const answer = await (await ask("/v1/models", {}, { CHANNEL: "nothing" })).json();
    expect(answer).toEqual({ object: "list", data: [] });
  });
});
