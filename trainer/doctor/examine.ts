import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { REMEDY } from "../backends/cuda.ts";
import type { BackendName } from "../backends/names.ts";
import { type Found, foundSchema } from "./found.ts";

const SCRIPT = fileURLToPath(new URL("process.ts", import.meta.url));

/** CUDA may compile its kernels for a GPU that is newer than they are. */
const PATIENCE_MINUTES = 5;

const REMEDIES: Record<BackendName, string> = { wasm: "Use Node 20 or 22.", cuda: REMEDY };

/**
 * What a backend is, and how fast, or why it does not run here. It is opened in a process of its own,
 * which a broken native library may take down.
 *
 * @param signal aborting it ends that process
 */
export async function examine(backend: BackendName, signal: AbortSignal): Promise<Found> {
  const child = fork(SCRIPT, [backend], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (words += text));
  let told: unknown;
  child.on("message", (message) => (told = message));
  let end: string | undefined;
  const kill = () => child.kill("SIGKILL");
  const timer = setTimeout(() => {
    end = `no answer within ${PATIENCE_MINUTES} minutes`;
    kill();
  }, PATIENCE_MINUTES * 60_000);
  signal.addEventListener("abort", kill);
  const [code, killer] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  signal.removeEventListener("abort", kill);
  const found = foundSchema.safeParse(told);
  if (found.success) return found.data;
  end ??= killer ?? `exit code ${code}`;
  const said = lastWords(words);
  const reason = `${backend}: the process that opens it ends with ${end}${said && `: ${said}`}`;
  return { runs: false, reason: `${reason}. ${REMEDIES[backend]}` };
}

/** The error of what a process printed, which stands above its stack; else its last line. */
function lastWords(printed: string): string {
  const lines = printed.split("\n").map((line) => line.trim());
  const said = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.filter(Boolean).pop() ?? "";
  return said.replace(/\.$/, "");
}
