import { beforeAll, describe, expect, it } from "vitest";
import { apiTarget } from "../../scripts/harness/fuzz/apiTarget.ts";
import { Connection, type Reply } from "../../scripts/harness/fuzz/ask.ts";
import type { Material } from "../../scripts/harness/fuzz/cases.ts";
import { fuzz } from "../../scripts/harness/fuzz/fuzz.ts";
import { carry } from "../../scripts/harness/fuzz/imageCase.ts";
import { drawSamples } from "../../scripts/harness/fuzz/images.ts";
import { countLoads } from "../../scripts/harness/fuzz/loads.ts";
import { checkReply } from "../../scripts/harness/fuzz/properties.ts";
import { registryVariables } from "../../scripts/harness/fuzz/registry/keys.ts";
import { checkJobs } from "../../scripts/harness/fuzz/registry/table.ts";
import { registryTarget } from "../../scripts/harness/fuzz/registry/target.ts";
import { hearWitnesses, type Witness } from "../../scripts/harness/fuzz/witnesses.ts";
import { contracts } from "../../workers/api/contract/api.ts";
import { errorSchema } from "../../workers/api/contract/error.ts";
import { embed } from "./ask.ts";
import { cosine } from "./cosine.ts";
import { publishTiny, readTiny } from "./publishTiny.ts";
import { TOKEN, useServers } from "./servers.ts";

const servers = useServers({ registryVariables: await registryVariables(TOKEN) });

/** `npm run fuzz` asks within 2 s; here other tests run at the same time. */
const LIMIT_MS = 5000;

const OPTIONS = { seed: 1, connections: 2, limitMs: LIMIT_MS };

let material: Material;
let witnesses: Map<string, Witness>;

beforeAll(async () => {
  const { apiUrl, registryUrl } = servers();
  const { embedding } = await publishTiny(registryUrl);
  const samples = await drawSamples();
  witnesses = await hearWitnesses(apiUrl, samples, LIMIT_MS);
  material = {
    samples,
    dimensions: embedding.dimensions,
    witnesses: [...witnesses.keys()],
  };
});

describe("bad input", () => {
  it("is answered or refused as the contract says, and leaves no trace", async () => {
    const subject = { url: servers().apiUrl };
    const target = apiTarget(subject, material, witnesses, LIMIT_MS);
    const { tally, failure } = await fuzz(target, { ...OPTIONS, cases: 200 });
    expect(failure).toBeUndefined();
    expect(tally.cases).toBe(200);
    expect(await countLoads(subject.url)).toBe(1);
  });

  it("is answered or refused by the registry as its document says, and leaves no odd job", async () => {
    const subject = { url: servers().registryUrl };
    const { files } = await readTiny();
    const target = await registryTarget(subject, files, LIMIT_MS);
    const { tally, failure } = await fuzz(target, { ...OPTIONS, cases: 250 });
    expect(failure).toBeUndefined();
    expect(tally.cases).toBe(250);
    expect(await checkJobs(subject.url)).toBeGreaterThan(0);
  });
});

describe("a good request", () => {
  it("to each route that takes no body is answered as the contract says", async () => {
    const connection = new Connection(10 * LIMIT_MS);
    const answered: string[] = [];
    for (const { method, path, params, body } of contracts) {
      if (params ?? body) continue;
      const question = { method: method.toUpperCase(), path, headers: {}, body: Buffer.alloc(0) };
      const reply = await connection.ask(servers().apiUrl, question);
      expect(reply?.status, path).toBe(200);
      if (reply) checkReply(question, reply);
      answered.push(path);
    }
    connection.close();
    expect(answered).toContain("/v1/models");
  });
});

describe("a body that nobody asked for", () => {
  it.each(["/", "/info", "/docs/", "/healthz", "/nothing", "/collections"])(
    "does not keep GET %s from its answer",
    async (path) => {
      const connection = new Connection(10 * LIMIT_MS);
      const headers = { "transfer-encoding": "chunked" };
      const body = Buffer.alloc(12_000_000, " ");
      const question = { method: "GET", path, headers, body };
      const reply = await connection.ask(servers().apiUrl, question);
      connection.close();
      expect(reply?.status).toBe(path === "/nothing" ? 404 : 200);
    },
  );
});

describe("an image file", () => {
  it("of each kind is answered, or refused by the name of what is not supported", async () => {
    const connection = new Connection(10 * LIMIT_MS);
    const asked: [string, RegExp | undefined, Reply | null][] = [];
    for (const [name, { bytes, refusal }] of material.samples) {
      const reply = await connection.ask(servers().apiUrl, carry(bytes, "raw", ""));
      asked.push([name, refusal, reply]);
    }
    connection.close();
    expect(asked.length).toBeGreaterThan(30);
    for (const [name, refusal, reply] of asked) {
      const { status = 0, text = "" } = reply ?? {};
      expect(status, `${name}: ${text}`).toBe(refusal ? 422 : 200);
      if (refusal) expect(errorSchema.parse(JSON.parse(text)).error.message, name).toMatch(refusal);
    }
  });

  it("of 16 bits or two frames means what it does in 8 bits and one frame", async () => {
    const vectorOf = async (name: string) => {
      const bytes = Uint8Array.from(material.samples.get(name)?.bytes ?? []);
      const { embeddings } = await embed(servers().apiUrl, "emoji", bytes, "image/png");
      return embeddings[0];
    };
    const plain = await vectorOf("PNG");
    expect(cosine(await vectorOf("PNG 16-bit"), plain)).toBeGreaterThan(0.999);
    expect(await vectorOf("PNG animated")).toEqual(plain);
    expect(cosine(await vectorOf("PNG grey"), plain)).toBeLessThan(0.999);
  });
});
