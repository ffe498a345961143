import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkSignature, signersSchema } from "../../shared/package/signature.ts";
import { UserError } from "../../trainer/error.ts";
import { readPackage, writePackage } from "../../trainer/export/package.ts";
import { readSigningKey } from "../../trainer/export/sign.ts";
import { tinyPackage } from "../workers/tinyPackage.ts";
import { complaints, runScript } from "./command.ts";

let folder: string;
let entry: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pddm-sign-"));
  await writePackage(join(folder, "package"), await tinyPackage());
  const { code, stdout } = await runScript("signingKey", ["release.pem"], folder);
  expect(code).toBe(0);
  [entry] = /release:[0-9a-f]{64}/.exec(stdout) ?? [""];
});
afterAll(() => rm(folder, { recursive: true }));

const readFiles = async () => (await readPackage(join(folder, "package"))).files;

describe("npm run signing-key", () => {
  it("writes a private key for its owner alone, and never over another", async () => {
    const path = join(folder, "release.pem");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const pem = await readFile(path, "utf8");
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const { code, stderr } = await runScript("signingKey", ["release.pem"], folder);
    expect(complaints(stderr)).toEqual(["Error: release.pem cannot be written: it exists already"]);
    expect(code).toBe(1);
    expect(await readFile(path, "utf8")).toBe(pem);
  });
});

describe("npm run sign", () => {
  it("signs a package for those who have the public key", async () => {
    const unsigned = await readFiles();
    expect(unsigned.signature).toBeUndefined();
    const args = ["package", "--key", "release.pem"];
    const { code, stdout } = await runScript("sign", args, folder);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Signed tiny@[0-9a-f]{16}\n$/)]);
    const files = await readFiles();
    expect({ ...files, signature: undefined }).toEqual(unsigned);
    const manifest = new TextEncoder().encode(files.manifest);
    await checkSignature(signersSchema.parse(entry), manifest, files.signature);
    // Who packs again, packs without the signature of what was there.
    await writePackage(join(folder, "package"), await tinyPackage({ seed: 2 }));
    expect((await readdir(join(folder, "package"))).sort()).toEqual([
      "manifest.json",
      "weights.safetensors",
    ]);
  });

  it("says what is wrong with a key", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await writeFile(join(folder, "other.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await writeFile(join(folder, "wrong.pem"), "sesame");
    for (const [file, problem] of [
      ["missing.pem", "there is no key at"],
      ["other.pem", "holds no private Ed25519 key in PEM"],
      ["wrong.pem", "holds no private Ed25519 key in PEM"],
    ]) {
      const reading = readSigningKey(join(folder, file));
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(problem);
    }
  });
});
