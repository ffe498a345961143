import { fork } from "node:child_process";
import { once } from "node:events";

interface Answer {
  /** What the process sent last; undefined where it sent nothing. */
  told: unknown;
  /** How it ended, in words, with the last of what it printed. */
  end: string;
}

/**
 * Asks a process of its own, for what a broken native library may take down.
 *
 * @param script its file
 * @param minutes after which it is ended
 * @param signal aborting it ends the process
 */
export async function ask(
  script: string,
  args: string[],
  minutes: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const child = fork(script, args, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (words += text));
  let told: unknown;
  child.on("message", (message) => (told = message));
  let end: string | undefined;
  const kill = () => child.kill("SIGKILL");
  const timer = setTimeout(() => {
    end = `no answer within ${minutes} minutes`;
    kill();
  }, minutes * 60_000);
  signal?.addEventListener("abort", kill);
  const [code, killer] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  signal?.removeEventListener("abort", kill);
  end ??= killer ?? `exit code ${code}`;
  const said = lastWords(words);
  return { told, end: `${end}${said && `: ${said}`}` };
}

/** The error of what a process printed, which stands above its stack; else its last line. */
function lastWords(printed: string): string {
  const lines = printed.split("\n").map((line) => line.trim());
  const said = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.filter(Boolean).pop() ?? "";
  return said.replace(/\.$/, "");
}
