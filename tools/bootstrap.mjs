// Runs a script of this repository on a machine that has nothing but some Node ≥ 20 and npm: installs what the
// lockfile names when node_modules is missing or stale, then hands over to the pinned Node 24.
// Plain JavaScript without dependencies, because it is what runs before either exists.
//
//   node tools/bootstrap.mjs [--platform] <script.ts> [arguments…]
//
// --platform loads the telemetry hook before the script, as it has to patch modules before they are imported, and bounds the heap.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installIfNeeded, pinnedNode, toolPath } from './install.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const OTEL_HOOK = path.join(root, 'packages/kit/src/otel.ts');
const PARENT_WATCH = path.join(root, 'tools/parent-watch.mjs');
/** Megabytes, where Node would take as many as it likes: a tenth of the platform's memory for no throughput that can be measured. */
const YOUNG_GENERATION = '--max-semi-space-size=8';
/** Stripping the types and compiling is most of a start. The spec files of a run, and the next start, share it. */
const COMPILE_CACHE = path.join(root, 'node_modules/.cache/compile');

/** npm forwards the SIGINT that the terminal has already sent to us; what arrives this close together is one. */
const ONE_SIGNAL_MS = 300;

const [first, ...rest] = process.argv.slice(2);
const isPlatform = first === '--platform';
const [script, ...args] = isPlatform ? rest : process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node tools/bootstrap.mjs [--platform] <script.ts> [arguments…]');
  process.exit(2);
}

try {
  await installIfNeeded(root);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

// The child leads a process group of its own, so that a Ctrl-C reaches it through us alone: once.
const flags = ['--import', PARENT_WATCH, ...(isPlatform ? ['--import', OTEL_HOOK, YOUNG_GENERATION] : [])];
const child = spawn(pinnedNode(root), [...flags, path.resolve(root, script), ...args], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  detached: process.platform !== 'win32',
  env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, PATH: toolPath(root) },
});

const lastSeen = new Map();
const forward = (signal) => {
  const now = performance.now();
  const repeated = now - (lastSeen.get(signal) ?? -Infinity) < ONE_SIGNAL_MS;
  lastSeen.set(signal, now);
  if (!repeated) child.kill(signal);
};
process.on('SIGINT', () => forward('SIGINT'));
process.on('SIGTERM', () => forward('SIGTERM'));
// A closed terminal is a request to stop in order; unhandled, SIGHUP would kill the child without a drain.
process.on('SIGHUP', () => forward('SIGTERM'));

child.on('error', (error) => {
  console.error(`cannot run ${script}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // Die of what the child died of, so that whoever waits for us sees the same.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
