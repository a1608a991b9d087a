import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames, settingsOf, stack } from '@ecommercestack/contracts';
import { freePort } from '@ecommercestack/local/parts';
import { baseImage } from './base-image.ts';
import { buildImage, revision } from './build.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';

interface ImageConfig {
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** Told by a program inside the image: what was installed, what the bill of materials names, what else lies there. */
interface Contents {
  readonly installed: readonly string[];
  readonly listed: readonly string[];
  readonly ours: readonly string[];
  readonly files: readonly string[];
  readonly writable: readonly string[];
}

const LOOK_INSIDE = `
  const fs = require('node:fs');
  const { execFileSync } = require('node:child_process');
  const find = (...args) => execFileSync('find', args, { encoding: 'utf8' }).split('\\n').filter(Boolean);
  const manifests = find('/app/node_modules', '-path', '*/node_modules/*', '-name', 'package.json')
    .filter((file) => /\\/node_modules\\/(@[^/]+\\/)?[^/]+\\/package.json$/.test(file));
  const named = (file) => { const { name, version } = JSON.parse(fs.readFileSync(file, 'utf8')); return name + '@' + version; };
  const sbom = JSON.parse(fs.readFileSync('/app/sbom.cdx.json', 'utf8'));
  console.log(JSON.stringify({
    installed: manifests.map(named),
    listed: sbom.components.map(({ name, version }) => name + '@' + version),
    ours: fs.readdirSync('/app/node_modules/@ecommercestack').toSorted(),
    files: find('/app', '-path', '/app/node_modules', '-prune', '-o', '-type', 'f', '-print'),
    writable: find('/app', '-writable'),
  }));`;

const LIBRARIES = ['contracts', 'event-store', 'kit'];

void describe('the images of the services', { timeout: 1_200_000 }, () => {
  let engine: Engine;
  let base: Awaited<ReturnType<typeof baseImage>>;
  let folder: string;
  let commit: string;
  const images: string[] = [];
  const containers: string[] = [];
  const closing = new AsyncDisposableStack();
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'docker-spec-'));
    closing.defer(() => rm(folder, { recursive: true, force: true }));
    commit = await revision();
    engine = await openEngine();
    closing.defer(() => engine.close());
    base = await baseImage(engine);
    if (base.remove) images.push(base.name);
    closing.defer(async () => {
      if (images.length > 0) await engine.docker('rmi', '--force', ...images.toReversed());
    });
    closing.defer(async () => {
      if (containers.length > 0) await engine.docker('rm', '--force', '--volumes', ...containers);
    });
  });
  after(() => closing.disposeAsync());

  async function build(args: Readonly<Record<string, string>>): Promise<string> {
    const id = await buildImage(engine, { base: base.name, args });
    images.push(id);
    return id;
  }

  async function configOf(image: string): Promise<ImageConfig> {
    return JSON.parse(await engine.docker('inspect', '--format', '{{json .Config}}', image)) as ImageConfig;
  }

  async function contentsOf(image: string): Promise<Contents> {
    const flags = ['--rm', '--network=none', '--read-only', '--entrypoint=node'];
    return JSON.parse(await engine.docker('run', ...flags, image, '--eval', LOOK_INSIDE)) as Contents;
  }

  for (const service of serviceNames) {
    void it(`${service}: holds what it runs and names it, and belongs to nobody who runs it`, async () => {
      const image = await build({ SERVICE: service, VERSION: '1.2.3', REVISION: commit });
      const { User, Labels, Healthcheck } = await configOf(image);
      assert.equal(User, '10001:10001');
      assert.equal(Healthcheck.Test[0], 'CMD');
      assert.equal(Labels['org.opencontainers.image.title'], `EcommerceStack ${service}`);
      assert.equal(Labels['org.opencontainers.image.version'], '1.2.3');
      assert.equal(Labels['org.opencontainers.image.revision'], commit);
      assert.equal(Labels['org.opencontainers.image.licenses'], 'Apache-2.0');
      assert.equal(Labels['dev.ecommercestack.sbom'], '/app/sbom.cdx.json');

      const { installed, listed, ours, files, writable } = await contentsOf(image);
      const names = new Set(listed);
      assert.deepEqual(
        installed.filter((name) => !name.startsWith('@ecommercestack/') && !names.has(name)),
        [],
      );
      assert.deepEqual(ours, [...LIBRARIES, service].toSorted());
      const folders = new Set(files.map((file) => file.split('/').slice(2, 4).join('/')));
      const expected = [...LIBRARIES.map((name) => `packages/${name}`), `services/${service}`];
      assert.deepEqual([...folders].toSorted(), ['package.json', ...expected, 'sbom.cdx.json'].toSorted());
      assert.deepEqual(
        files.filter((file) => /\.spec\.ts$|\.npmrc$|package-lock/.test(file)),
        [],
      );
      assert.deepEqual(writable, []);
    });
  }

  for (const [SERVICE, WORKSPACE, ours] of [
    ['provider-simulator', 'packages/provider-simulator', ['provider-simulator']],
    ['operator', 'operator', [...LIBRARIES, 'operator']],
    ['local', 'local', [...LIBRARIES, ...serviceNames, 'invariants', 'local', 'provider-simulator']],
  ] as const) {
    void it(`${SERVICE}: holds what it runs`, async () => {
      const contents = await contentsOf(await build({ SERVICE, WORKSPACE }));
      assert.deepEqual(contents.ours, ours.toSorted());
      assert.deepEqual(contents.writable, []);
    });
  }

  void it('keep nothing of the configuration that npm was given', async () => {
    const image = await build({ SERVICE: 'catalog' });
    const history = await engine.docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', image);
    assert.doesNotMatch(history, /https?:\/\/(?!127\.0\.0\.1)/);
    const kept = 'find / -xdev ( -name .npmrc -o -path /run/secrets/* -o -path /root/.npm ) -print';
    const flags = ['--rm', '--network=none', '--user=0', '--entrypoint=find'];
    const found = await engine.docker('run', ...flags, image, ...kept.split(' ').slice(1));
    const ofNpmItself = /^\/usr\/local\/lib\/node_modules\/npm\//;
    assert.deepEqual(
      found.split('\n').filter((line) => line !== '' && !ofNpmItself.test(line)),
      [],
    );
  });

  void it('run read-only, as nobody, without any capability, and tell that they live', async () => {
    const image = await build({ SERVICE: 'catalog' });
    const settings = path.join(folder, 'settings.json');
    await writeFile(settings, JSON.stringify(settingsOf(SHOP, 1)));
    const flags = [
      '--network=host',
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      `--volume=${settings}:/settings.json:ro`,
      '--env=SETTINGS_FILE=/settings.json',
      `--env=ADMIN_PORT=${await freePort()}`,
      // Nobody listens there: a service lives while it waits for its sidecar.
      `--env=DAPR_HTTP_PORT=${await freePort()}`,
    ];
    const id = await engine.docker('run', '--detach', ...flags, image);
    const container = id.trim();
    containers.push(container);
    const inspect = async (format: string) =>
      (await engine.docker('inspect', '--format', format, container)).trim();
    let health = 'starting';
    while (health === 'starting') {
      await sleep(250);
      health = await inspect('{{.State.Health.Status}}');
      const logs = await engine.docker('logs', container);
      assert.equal(await inspect('{{.State.Running}}'), 'true', logs);
    }
    assert.equal(health, 'healthy');
    const processes = await engine.docker('top', container, '-eo', 'pid,uid,args');
    assert.match(processes, /^ *\d+ +10001 +node --import @ecommercestack\/kit\/otel src\/main\.ts$/m);
    await engine.docker('stop', container);
    assert.equal(await inspect('{{.State.ExitCode}}'), '0');
  });
});

const SHOP = stack.parse({
  apiVersion: 'ecommercestack.io/v1alpha1',
  kind: 'EcommerceStack',
  metadata: { name: 'shop' },
  spec: { version: '1.0.0' },
});
