// Brings node_modules in line with package-lock.json; safe to run any number of times at once.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const OLDEST_NODE = 20;
const LOCK_WAIT_MS = 15 * 60_000;

export function pinnedNode(root) {
  return path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** The PATH under which `node` is the pinned one. */
export function toolPath(root) {
  return [path.join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(path.delimiter);
}

/** Throws with a message for the user when the machine cannot be set up. */
export async function installIfNeeded(root) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new Error(`This project needs Node ${OLDEST_NODE} or newer to start; this is ${process.version}.`);
  }
  const lockFile = path.join(root, '.data/install.lock');
  // An install in progress makes node_modules look complete for a moment: only trust it when nobody installs.
  if (isInstalled(root) && holderOf(lockFile) === undefined) return;
  await acquire(lockFile);
  try {
    if (!isInstalled(root)) await runNpmCi(root);
  } finally {
    fs.rmSync(lockFile, { force: true });
  }
}

/**
 * npm writes node_modules/.package-lock.json as the last act of an install that succeeded. It is current when it has
 * each package of package-lock.json at the same version, but for the optional ones (those of other platforms).
 */
export function isInstalled(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const present = readPackages(path.join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined) throw new Error('package-lock.json is missing: this is not a complete checkout.');
  if (present === undefined || !fs.existsSync(pinnedNode(root))) return false;
  return Object.entries(wanted)
    .filter(([name]) => name.startsWith('node_modules/'))
    .every(([name, entry]) => {
      const installed = present[name];
      if (installed === undefined) return entry.optional === true;
      return installed.version === entry.version && installed.integrity === entry.integrity;
    });
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function runNpmCi(root) {
  console.error('Installing the dependencies named in package-lock.json (npm ci) …');
  const started = performance.now();
  // The node in our own node_modules is about to be deleted: npm must not run on it.
  const inside = path.join(root, 'node_modules') + path.sep;
  const searchPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => !(path.resolve(folder) + path.sep).startsWith(inside));
  // Most packages want a newer Node than the one npm runs on here, and get it: those warnings would mislead.
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund', '--no-progress'];
  const npm = spawn('npm', args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: searchPath.join(path.delimiter) },
  });
  const code = await new Promise((resolve, reject) => {
    npm.on('error', (error) => reject(new Error(`npm cannot be started: ${error.message}`)));
    npm.on('exit', (status) => resolve(status));
  });
  if (code !== 0) throw new Error(`npm ci failed (exit code ${code}). Its own message is above.`);
  if (!isInstalled(root))
    throw new Error('npm ci ended well, but node_modules does not match package-lock.json.');
  console.error(`Installed in ${Math.round((performance.now() - started) / 1000)} s.`);
}

/** The process id in the lock file while that process lives, else undefined. */
function holderOf(lockFile) {
  try {
    const pid = Number(fs.readFileSync(lockFile, 'utf8'));
    // Ours, and not made by us: a container that was stopped in the middle gives out the same ids again.
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    if (error.code === 'EPERM') return Number(fs.readFileSync(lockFile, 'utf8'));
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

async function acquire(lockFile) {
  const deadline = Date.now() + LOCK_WAIT_MS;
  const own = `${lockFile}.${process.pid}`;
  fs.mkdirSync(path.dirname(lockFile), { recursive: true });
  fs.writeFileSync(own, String(process.pid));
  try {
    for (let announced = false; ; announced = true) {
      try {
        // A hard link appears with its content, so that nobody ever reads an empty lock.
        fs.linkSync(own, lockFile);
        return;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = holderOf(lockFile);
      if (holder === undefined) removeStale(lockFile);
      else if (Date.now() > deadline)
        throw new Error(`Process ${holder} still holds ${lockFile}; giving up.`);
      else if (!announced) console.error(`Waiting for process ${holder}, which is installing …`);
      await sleep(100);
    }
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** Moves a lock left by a dead process aside; puts it back when a living one took it in between. */
function removeStale(lockFile) {
  const aside = `${lockFile}.${process.pid}.stale`;
  try {
    fs.renameSync(lockFile, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (holderOf(aside) !== undefined) fs.renameSync(aside, lockFile);
  else fs.rmSync(aside, { force: true });
}
