import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a process told as its last message; or how it ended, and the last that it printed. */
export interface Answer {
  told: unknown;
  end: string;
}

/**
 * Asks a script of ours that runs in a process of its own, which may come to grief: a broken native
 * library or a want of memory ends that process alone.
 *
 * @param signal aborting it ends the process
 */
export async function askProcess(
  script: URL,
  args: string[],
  signal: AbortSignal,
): Promise<Answer> {
  const child = fork(fileURLToPath(script), args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (words += text));
  let told: unknown;
  child.on("message", (message) => (told = message));
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  const [code, killer] = (await once(child, "close")) as [number | null, string | null];
  signal.removeEventListener("abort", kill);
  const said = lastWords(words);
  return { told, end: `${killer ?? `exit code ${code}`}${said && `: ${said}`}` };
}

/** The error of what a process printed, which stands above its stack; else its last line. */
function lastWords(printed: string): string {
  const lines = printed.split("\n").map((line) => line.trim());
  const said = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.filter(Boolean).pop() ?? "";
  return said.replace(/\.$/, "");
}
