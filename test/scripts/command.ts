import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inject } from "vitest";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What Node imports to run TypeScript. */
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Longer than anything that a test waits for. */
const PATIENCE_MS = 60_000;

export interface Output {
  /** The exit status; null where a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A line for every process of the machine: group, state, command. */
function processTable(): string[] {
  // Slim Linux images have no ps.
  if (process.platform !== "linux") {
    const table = execFileSync("ps", ["-A", "-o", "pgid=,stat=,args="], { encoding: "utf8" });
    return table.split("\n");
  }
  return readdirSync("/proc").flatMap((id) => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [`${group} ${state} ${readFileSync(`/proc/${id}/cmdline`, "utf8")}`];
    } catch {
      // Not a process, or one that has ended since.
      return [];
    }
  });
}

/** A process that was started: what it has printed so far, and its end. */
export class Command {
  private stdout = "";
  private stderr = "";
  private readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Output>;

  constructor(args: string[], cwd: string, env: Record<string, string> = {}) {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      // Leads a process group, as a command in a terminal does.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Sends SIGINT to the process and all that it has started, as Ctrl-C in a terminal does. */
  pressCtrlC(): void {
    this.signalGroup("SIGINT");
  }

  /** Sends SIGTERM to the process alone, as a supervisor does. */
  terminate(): void {
    this.child.kill("SIGTERM");
  }

  /** Stops the process alone, so that it does nothing, until it goes on. */
  freeze(): void {
    this.child.kill("SIGSTOP");
  }

  goOn(): void {
    this.child.kill("SIGCONT");
  }

  /** The processes of the group that are alive; what is only waiting to be reaped is not. */
  processes(): string[] {
    return processTable().filter((line) => {
      const [group, state] = line.trim().split(/\s+/);
      return Number(group) === this.child.pid && !state.startsWith("Z");
    });
  }

  /** Ends what a failed test has left. */
  kill(): void {
    if (this.processes().length > 0) this.signalGroup("SIGKILL");
  }

  /** Waits until something is so; throws with what was printed where it does not come to that. */
  until(condition: (stdout: string) => boolean): Promise<void> {
    return this.wait(() => condition(this.stdout));
  }

  /** As `until`, for what is told of progress. */
  untilStderr(condition: (stderr: string) => boolean): Promise<void> {
    return this.wait(() => condition(this.stderr));
  }

  private async wait(condition: () => boolean): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    const started = performance.now();
    while (!condition()) {
      const fault = over ? "ended too early" : "takes too long";
      if (over || performance.now() - started > PATIENCE_MS) {
        throw new Error(`the process ${fault}:\n${this.stdout}\n${this.stderr}`);
      }
      await setTimeout(10);
    }
  }

  private signalGroup(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
  }
}

/** A command, by the name of its file in scripts/. */
export type Script =
  | "train"
  | "paper"
  | "evaluate"
  | "embed"
  | "index"
  | "export"
  | "dataset"
  | "jobs"
  | "weights"
  | "worker"
  | "publish"
  | "start"
  | "bench"
  | "apiKey"
  | "signingKey"
  | "sign"
  | "benchTrain"
  | "doctor"
  | "gradcheck";

/** Node's arguments for a command, as bundle.ts has bundled it. */
export const bundled = (script: Script): string[] => [join(inject("commands"), `${script}.mjs`)];

/** Node's arguments for a command, as `npm run` starts it. */
export const unbundled = (script: Script): string[] => [
  "--import",
  TSX,
  join(ROOT, "scripts", `${script}.ts`),
];

/** Starts a command in a folder of its own. */
export const startScript = (
  script: Script,
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Command => new Command([...bundled(script), ...args], cwd, env);

/** Runs a command to its end. */
export const runScript = (...args: Parameters<typeof startScript>): Promise<Output> =>
  startScript(...args).ended;

/** Runs TypeScript whose imports are relative to the root. */
export const runNode = (source: string): Promise<Output> =>
  new Command(["--import", TSX, "--input-type=module", "--eval", source], ROOT).ended;

/** A progress bar, the hint at --help, or what TensorFlow logs as it loads, whatever it is told. */
const CHATTER = /[░█]|^\(add --help|^WARNING: All log messages before absl|^I\d{4} /;

/** What stderr says but for chatter: a sentence for each mistake. */
export const complaints = (stderr: string): string[] =>
  stderr.split("\n").filter((line) => line.trim() !== "" && !CHATTER.test(line));
