import { fetch } from "miniflare";
import * as z from "zod";

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.url() })).min(1);
const messageSchema = z.object({
  id: z.number().optional(),
  result: z.object({ usedSize: z.number().optional() }).optional(),
});

/** Node 20 has no WebSocket of its own; Miniflare's opens by an ordinary request. */
const overHttp = (url: URL | string) => String(url).replace(/^ws:/, "http:");

/**
 * What the heap of the Worker's isolate holds, in bytes.
 *
 * @param inspector of its workerd
 * @param ask asks the Worker something; where given, garbage is collected first, which workerd does
 *   while it answers
 */
export async function usedHeap(inspector: URL, ask?: () => Promise<unknown>): Promise<number> {
  const listed = await fetch(new URL("/json", overHttp(inspector)));
  const [target] = targetsSchema.parse(await listed.json());
  const headers = { upgrade: "websocket" };
  const { webSocket } = await fetch(overHttp(target.webSocketDebuggerUrl), { headers });
  if (!webSocket) throw new Error("workerd's inspector does not answer");
  webSocket.accept();
  const call = (id: number, method: string) =>
    new Promise<number>((resolve) => {
      webSocket.addEventListener("message", ({ data }) => {
        const message = messageSchema.parse(JSON.parse(z.string().parse(data)));
        if (message.id === id) resolve(message.result?.usedSize ?? 0);
      });
      webSocket.send(JSON.stringify({ id, method }));
    });
  try {
    if (ask) {
      let collected = false;
      void call(1, "HeapProfiler.collectGarbage").then(() => (collected = true));
      do await ask();
      while (!collected);
    }
    return await call(2, "Runtime.getHeapUsage");
  } finally {
    webSocket.close();
  }
}
