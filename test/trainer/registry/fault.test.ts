import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { reasonOfFault } from "../../../trainer/registry/fault.ts";

/** A port that nobody listens to. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("the reason of a fault", () => {
  it("is that of the connection", async () => {
    const port = await freePort();
    const error: unknown = await fetch(`http://127.0.0.1:${port}`).catch((it: unknown) => it);
    expect(reasonOfFault(error)).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it("is a code where a name has several addresses, of which none answers", async () => {
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    const socket = connect({
      ...{ host: "registry.example", port: await freePort(), autoSelectFamily: true },
      lookup: (_name, _options, done) => done(null, addresses),
    });
    const [cause] = z.tuple([z.instanceof(Error)]).parse(await once(socket, "error"));
    expect(cause.message).toBe("");
    expect(reasonOfFault(new TypeError("fetch failed", { cause }))).toBe("ECONNREFUSED");
  });

  it("is the message of an error without a cause", () => {
    expect(reasonOfFault(new Error("it was late"))).toBe("it was late");
  });
});
