import { cpus } from "node:os";
import { Command } from "commander";
import { BACKENDS } from "../trainer/backends/names.ts";
import { runMain } from "../trainer/console/main.ts";
import { examine } from "../trainer/doctor/examine.ts";
import type { Found } from "../trainer/doctor/found.ts";
import { table } from "../trainer/doctor/table.ts";

await runMain(async (signal) => {
  new Command("npm run doctor")
    .description(
      "Show which backends run here, on which device and how fast, and what the others lack.",
    )
    .showHelpAfterError("(add --help for more)")
    .parse();
  const cpu = cpus()[0]?.model.trim() ?? "unknown CPU";
  console.log(
    `Node ${process.versions.node} on ${process.platform} ${process.arch}, ` +
      `${cpus().length} cores (${cpu})\n`,
  );
  const found = new Map<string, Found>();
  // One after the other, because each is timed.
  for (const backend of BACKENDS) {
    found.set(backend, await examine(backend, signal));
    if (signal.aborted) return;
  }
  console.log(table(found));
});
