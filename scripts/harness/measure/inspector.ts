import { fetch, type WebSocket } from "miniflare";
import * as z from "zod";

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.url() })).min(1);
const messageSchema = z.object({
  id: z.number().optional(),
  error: z.object({ message: z.string() }).optional(),
  result: z.unknown().optional(),
});
const contextSchema = z.object({
  method: z.literal("Runtime.executionContextCreated"),
  params: z.object({ context: z.object({ id: z.number() }) }),
});

const usageSchema = z.object({ usedSize: z.number() });
const objectSchema = z.object({ result: z.object({ objectId: z.string() }) });
const foundSchema = z.object({ objects: z.object({ objectId: z.string() }) });
const sumSchema = z.object({ result: z.object({ value: z.number() }) });

/** Node 20 has no WebSocket. Miniflare's opens by an ordinary HTTP request. */
const overHttp = (url: URL | string) => String(url).replace(/^ws:/, "http:");

/** A conversation with the inspector of the Worker's isolate. */
class Session {
  private calls = 0;

  private constructor(private readonly socket: WebSocket) {}

  static async open(inspector: URL): Promise<Session> {
    const listed = await fetch(new URL("/json", overHttp(inspector)));
    const [target] = targetsSchema.parse(await listed.json());
    if (!target) throw new Error("workerd's inspector has nothing to inspect");
    const headers = { upgrade: "websocket" };
    const { webSocket } = await fetch(overHttp(target.webSocketDebuggerUrl), { headers });
    if (!webSocket) throw new Error("workerd's inspector does not answer");
    webSocket.accept();
    return new Session(webSocket);
  }

  /** @throws Error if the inspector refuses, or closes before it answers */
  call<T>(method: string, schema: z.ZodType<T>, params: object = {}): Promise<T> {
    const id = ++this.calls;
    const answer = this.hear((json) => {
      const { id: of, error, result } = messageSchema.parse(json);
      if (of !== id) return undefined;
      if (error) throw new Error(`${method}: ${error.message}`);
      return schema.parse(result);
    });
    this.socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  /** The id of the Worker's context. The inspector has no default context. */
  async context(): Promise<number> {
    const created = this.hear((json) => contextSchema.safeParse(json).data?.params.context.id);
    await this.call("Runtime.enable", z.unknown());
    // Otherwise the inspector would send each request's log.
    await this.call("Runtime.disable", z.unknown());
    return created;
  }

  close(): void {
    this.socket.close();
  }

  /** The first value that `read` finds in a message. */
  private hear<T>(read: (json: unknown) => T | undefined): Promise<T> {
    const found = new Promise<T>((resolve, reject) => {
      this.socket.addEventListener("close", () =>
        reject(new Error("the inspector has closed the connection")),
      );
      this.socket.addEventListener("message", ({ data }) => {
        try {
          const value = read(JSON.parse(z.string().parse(data)));
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    // If several are awaited in turn, the first failure is thrown there.
    found.catch(() => undefined);
    return found;
  }
}

/** Keeps the Worker busy until something is done, because workerd only collects garbage while it answers. */
async function meanwhile<T>(ask: () => Promise<unknown>, doing: Promise<T>): Promise<T> {
  let over = false;
  // A failure is thrown below, unless the Worker fails first.
  const noted = doing.finally(() => (over = true));
  noted.catch(() => undefined);
  do await ask();
  while (!over);
  return noted;
}

/**
 * Bytes in use on the heap of the Worker's isolate.
 *
 * @param inspector of its workerd
 * @param ask asks the Worker something. If given, garbage is collected first.
 */
export async function usedHeap(inspector: URL, ask?: () => Promise<unknown>): Promise<number> {
  const session = await Session.open(inspector);
  try {
    if (ask) await meanwhile(ask, session.call("HeapProfiler.collectGarbage", z.unknown()));
    return (await session.call("Runtime.getHeapUsage", usageSchema)).usedSize;
  } finally {
    session.close();
  }
}

/**
 * Bytes of all WebAssembly memories in the isolate that are not garbage. The parameters are those of
 * `usedHeap`.
 */
export async function wasmMemory(inspector: URL, ask: () => Promise<unknown>): Promise<number> {
  const session = await Session.open(inspector);
  const sum = async () => {
    const prototype = await session.call("Runtime.evaluate", objectSchema, {
      expression: "WebAssembly.Memory.prototype",
      contextId: await session.context(),
    });
    const { objects } = await session.call("Runtime.queryObjects", foundSchema, {
      prototypeObjectId: prototype.result.objectId,
    });
    return session.call("Runtime.callFunctionOn", sumSchema, {
      objectId: objects.objectId,
      functionDeclaration:
        "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }",
      returnByValue: true,
    });
  };
  try {
    return (await meanwhile(ask, sum())).result.value;
  } finally {
    session.close();
  }
}
