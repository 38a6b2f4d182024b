import { cpus, freemem, totalmem } from "node:os";
import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";
import type { DeviceCheck } from "../doctor/check-devices.ts";
import type { ToolCheck } from "../doctor/check-tools.ts";
import type { GemmRate } from "../doctor/gemm-rate.ts";
import { packageVersion } from "../package-version.ts";
import type { Terminal } from "../terminal.ts";

export const doctor: Command = {
  path: "doctor",
  summary: "devices, providers, versions, threads, speed, and what is missing and how to get it",
  details: "Measures the rate of matrix products (half a second) and tries each device in a process of its own.",
  usage: "",
  things: [0, 0],
  flags: ["threads", "verbose", "json"],
  examples: ["doctor", "doctor --json", "doctor --threads 1"],
  async run({ flags, terminal }) {
    const [{ installation }, { checkDevices }, { checkTools }, { measureGemmRate }] = await Promise.all([
      import("../../runtime/installation.ts"),
      import("../doctor/check-devices.ts"),
      import("../doctor/check-tools.ts"),
      import("../doctor/gemm-rate.ts"),
    ]);
    const runtime = installation();
    const threads = flags.threads ?? runtime.cores;
    const gemm = await measureGemmRate({ device: "cpu", threads }); // alone: the probes would share its cores
    const [devices, tools] = await Promise.all([checkDevices(), checkTools()]);
    const findings: Findings = {
      fovea: packageVersion(),
      node: process.versions.node,
      runtime: `${runtime.name} ${runtime.version}`,
      providers: runtime.providers,
      system: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: runtime.cores,
      threads,
      memoryGiB: { total: gib(totalmem()), free: gib(freemem()) },
      gemm,
      devices,
      tools,
      security: securityFacts,
    };
    terminal.result(findings, () => describe(findings, terminal));
  },
};

interface Findings {
  readonly fovea: string;
  readonly node: string;
  readonly runtime: string;
  readonly providers: readonly string[];
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly threads: number;
  readonly memoryGiB: { readonly total: number; readonly free: number };
  readonly gemm: GemmRate;
  readonly devices: readonly DeviceCheck[];
  readonly tools: readonly ToolCheck[];
  readonly security: readonly string[];
}

const gib = (bytes: number): number => Math.round((bytes / 2 ** 30) * 10) / 10;

/** True of this version; each is a promise of SECURITY.md. */
const securityFacts = [
  "nothing is downloaded, no account, no telemetry; no install script runs",
  "listens on no port",
  "no file that is read is run, but for TypeScript and JavaScript recipes that you name",
  "writes only below --out, and never over what is there without --overwrite",
];

function describe(findings: Findings, terminal: Terminal): string[] {
  const { bold, dim, green, yellow } = terminal.paint;
  const row = (name: string, value: string) => `  ${name.padEnd(11)}${escapeControls(value)}`;
  const mark = (good: boolean) => (good ? green("ok     ") : yellow("missing"));
  const devices = findings.devices.flatMap(({ device, works, reason = "", help }) => [
    `  ${mark(works)}  ${device}`,
    ...(works ? [] : [dim(`             ${escapeControls(help ?? reason)}`)]),
    ...(terminal.verbose && !works ? [dim(`             ${escapeControls(reason)}`)] : []),
  ]);
  const tools = findings.tools.flatMap(({ tool, version, needed, install }) => [
    `  ${mark(version !== undefined)}  ${version === undefined ? tool : `${tool} ${version}`}`,
    ...(version === undefined ? [dim(`             for ${needed}; get it with: ${install}`)] : []),
  ]);
  return [
    bold("versions"),
    row("fovea", findings.fovea),
    row("node", findings.node),
    row("runtime", findings.runtime),
    row("providers", findings.providers.join(", ")),
    bold("machine"),
    row("system", findings.system),
    row("processor", findings.processor),
    row("cores", `${findings.cores}, threads used: ${findings.threads}`),
    row("memory", `${findings.memoryGiB.total} GiB, free ${findings.memoryGiB.free} GiB`),
    row(
      "products",
      `${findings.gemm.gigaflops.toFixed(0)} GFLOP/s (float32, ${findings.gemm.size} x ${findings.gemm.size}, cpu)`,
    ),
    bold("devices"),
    ...devices,
    bold("programs outside the package (none is needed to train or predict)"),
    ...tools,
    bold("security"),
    ...findings.security.map((fact) => `  ${fact}`),
  ];
}
