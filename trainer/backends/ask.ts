import { fork } from "node:child_process";
import { once } from "node:events";

interface Answer {
  /** The last message of the process, or undefined if it sent none. */
  told: unknown;
  /** How the process ended, with its last output. */
  end: string;
}

/**
 * Runs a script in its own process, for work in which a broken native library may crash.
 *
 * @param script the file to run
 * @param minutes time limit of the process
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

/** The error line above a stack in what a process printed, or else the last line. */
function lastWords(printed: string): string {
  const lines = printed.split("\n").map((line) => line.trim());
  const said = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.filter(Boolean).pop() ?? "";
  return said.replace(/\.$/, "");
}
