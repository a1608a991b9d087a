import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isInstalled } from './install.mjs';

const LOCK = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/other-system': { version: '1.0.0', integrity: 'y', optional: true },
  },
};
/** Takes a while, as npm does, and counts its runs. */
const FAKE_NPM = `#!/bin/sh
echo run >> runs
sleep 0.5
mkdir -p node_modules/node/bin
touch node_modules/node/bin/node
cp package-lock.json node_modules/.package-lock.json
`;

void describe('the installation', { timeout: 60_000 }, () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'install-spec-'));
    await writeFile(path.join(root, 'package-lock.json'), JSON.stringify(LOCK));
    await mkdir(path.join(root, 'bin'));
    await writeFile(path.join(root, 'bin/npm'), FAKE_NPM);
    await chmod(path.join(root, 'bin/npm'), 0o755);
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function present(packages: Record<string, unknown>): Promise<void> {
    await mkdir(path.join(root, 'node_modules/node/bin'), { recursive: true });
    await writeFile(path.join(root, 'node_modules/node/bin/node'), '');
    await writeFile(path.join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  }

  async function install(first = ''): Promise<number | null> {
    const program = `
      import { installIfNeeded } from ${JSON.stringify(import.meta.resolve('./install.mjs'))};
      ${first}
      await installIfNeeded(${JSON.stringify(root)});`;
    const env = { ...process.env, PATH: `${path.join(root, 'bin')}:${process.env['PATH'] ?? ''}` };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env,
      stdio: 'ignore',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  async function runs(): Promise<number> {
    return (await readFile(path.join(root, 'runs'), 'utf8')).trim().split('\n').length;
  }

  void it('is current with every package of this system at its version', async () => {
    assert.equal(isInstalled(root), false);
    await present({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } });
    assert.equal(isInstalled(root), true);
    await present({ 'node_modules/a': { version: '0.9.0', integrity: 'x' } });
    assert.equal(isInstalled(root), false);
    await present({ 'node_modules/other-system': { version: '1.0.0', integrity: 'y' } });
    assert.equal(isInstalled(root), false);
  });

  void it('is not current without the pinned Node', async () => {
    await present({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } });
    await rm(path.join(root, 'node_modules/node'), { recursive: true });
    assert.equal(isInstalled(root), false);
  });

  void it('is done once by many at once, and not again', async () => {
    assert.deepEqual(await Promise.all([install(), install(), install()]), [0, 0, 0]);
    assert.equal(await install(), 0);
    assert.equal(await runs(), 1);
  });

  void it('is not held up by the lock of a dead process', async () => {
    await mkdir(path.join(root, '.data'));
    await writeFile(path.join(root, '.data/install.lock'), '999999999');
    assert.deepEqual(await Promise.all([install(), install()]), [0, 0]);
    assert.equal(await runs(), 1);
  });

  void it('is not held up by a lock with its own id, as a container that was stopped leaves one', async () => {
    await mkdir(path.join(root, '.data'));
    const lock = JSON.stringify(path.join(root, '.data/install.lock'));
    const writeOwn = `(await import('node:fs')).writeFileSync(${lock}, String(process.pid));`;
    assert.equal(await install(writeOwn), 0);
    assert.equal(await runs(), 1);
  });

  void it('fails when npm does', async () => {
    await writeFile(path.join(root, 'bin/npm'), '#!/bin/sh\nexit 9\n');
    assert.equal(await install(), 1);
  });
});
