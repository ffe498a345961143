import { spawn } from "node:child_process";
import { UserError } from "../../../trainer/error.ts";

const LAST_LINES = 15;

/**
 * Runs a command to its end.
 *
 * @returns what it printed to standard output
 * @throws UserError with the end of its output if it fails, or if it is not installed
 */
export function runCommand(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let [printed, all] = ["", ""];
    child.stdout.on("data", (text: Buffer) => (printed += String(text)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => (all += String(text)));
    }
    child.on("error", (error) => {
      reject(new UserError(`${command} does not run: ${error.message}`));
    });
    child.on("close", (code) => {
      if (code === 0) resolve(printed);
      const end = all.trim().split("\n").slice(-LAST_LINES).join("\n");
      reject(new UserError(`${[command, ...args].join(" ")} failed (${code}):\n${end}`));
    });
  });
}
