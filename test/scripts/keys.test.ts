import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { keysSchema } from "../../workers/http/keys.ts";
import { complaints, runScript } from "./command.ts";

const DIGEST = "0123456789abcdef".repeat(4);

describe("the entries of API_KEYS", () => {
  it("are separated by commas, spaces and lines", () => {
    const text = `\na:embed:${DIGEST},b:publish:${DIGEST}\r\n  c-1:embed:${DIGEST},\n`;
    const keys = keysSchema.parse(text);
    expect(keys.map(({ name, scope }) => `${name} ${scope}`)).toEqual([
      "a embed",
      "b publish",
      "c-1 embed",
    ]);
    expect(Buffer.from(keys[2].digest).toString("hex")).toBe(DIGEST);
  });

  it.each([
    ["", "it holds no keys"],
    [" ,\n", "it holds no keys"],
    ["sesame", "entry 1: it is not <name>:<scope>:<SHA-256>"],
    [`a:embed:${DIGEST},sesame:embed`, "entry 2: it is not <name>:<scope>:<SHA-256>"],
    [`sesame:x:embed:${DIGEST}`, "entry 1: it is not <name>:<scope>:<SHA-256>"],
    [`Sesame:embed:${DIGEST}`, "entry 1: its name is not"],
    [`a:sesame:${DIGEST}`, "entry 1: its scope is not one of embed, search, index, publish"],
    ["a:embed:sesame", "entry 1: its SHA-256 is not 64 lower-case hex digits"],
    [`a:embed:${DIGEST.toUpperCase()}`, "entry 1: its SHA-256 is not 64"],
  ])("of %j: a fault is told, not shown", (text, problem) => {
    const { error } = keysSchema.safeParse(text);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(problem)]);
    expect(error?.message).not.toMatch(/sesame/i);
  });
});

describe("npm run api-key", () => {
  const make = (...args: string[]) => runScript("apiKey", args, tmpdir());

  it("makes a key and the entry of its digest", async () => {
    const { code, stdout } = await make("shop", "--scope", "embed");
    expect(code).toBe(0);
    const [, key] = /^ {2}(pddm_[\w-]{43})$/m.exec(stdout) ?? [];
    const digest = createHash("sha256").update(key).digest("hex");
    expect(stdout).toMatch(new RegExp(`^ {2}shop:embed:${digest}$`, "m"));
  });

  it("says what a name may be", async () => {
    const { code, stdout, stderr } = await make("Shop", "--scope", "embed");
    expect(complaints(stderr)).toEqual([expect.stringContaining("its name is not lower-case")]);
    expect([code, stdout]).toEqual([1, ""]);
  });
});
