import { beforeAll, describe, expect, it } from "vitest";
import { workerds } from "../../scripts/harness/measure/resident.ts";
import { RegistryClient } from "../../scripts/lib/registry.ts";
import { Fleet, VARIABLES } from "../../scripts/harness/soak/fleet.ts";
import { growth } from "../../scripts/harness/soak/judge.ts";
import { soak } from "../../scripts/harness/soak/soak.ts";
import { openBackend } from "../../trainer/backends/open.ts";
import { TOKEN, useServers } from "./servers.ts";

/** `npm run soak` asks 50,000 times. */
const LOAD = { requests: 800, parts: 4, connections: 8, seed: 1 };
const KINDS = 10;

const servers = useServers({ variables: VARIABLES, inspect: true });
let fleet: Fleet;
beforeAll(async () => {
  await openBackend("wasm", () => undefined);
  fleet = await Fleet.publish(new RegistryClient(servers().registryUrl, TOKEN));
});

const run = (onProgress: (done: number) => void) =>
  soak(servers(), fleet, LOAD, new AbortController().signal, onProgress);

describe("many requests of all kinds", () => {
  it("are answered rightly, and leave nothing behind", async () => {
    const { kinds, parts, promotions, failures } = await run(() => undefined);
    expect(failures).toEqual([]);
    const counts = [...kinds.values()];
    expect(counts.reduce((sum, { asked }) => sum + asked, 0)).toBe(LOAD.requests);
    expect(counts.filter(({ asked }) => asked >= 5)).toHaveLength(KINDS);
    expect(promotions).toBe(LOAD.parts - 1);
    expect(growth(parts)).toEqual([]);
  });

  // The last one: it ends the servers of this file, which it finds in /proc.
  it.runIf(process.platform === "linux")("stop where workerd ends, and say so", async () => {
    const { parts, failures } = await run((done) => {
      if (done === 50) workerds().forEach((id) => process.kill(Number(id), "SIGKILL"));
    });
    expect(failures[0]).toMatch(/^the workerd of the (API|registry) has ended/);
    expect(parts).toEqual([]);
  });
});
