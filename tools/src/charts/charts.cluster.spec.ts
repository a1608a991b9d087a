import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runToEnd } from '@ecommercestack/local/parts';
import { CHARTS, chartFolder, examplesOf, helm, readExample, render, renderExample } from './helm.ts';
import { conform, writeSchemas } from './kubeconform.ts';

const examples = (await Promise.all(CHARTS.map(examplesOf))).flat();

void describe('the charts', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'charts-spec-'));
    await writeSchemas(path.join(folder, 'schemas'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function conforms(name: string, text: string): Promise<void> {
    const file = path.join(folder, `${name}.yaml`);
    await writeFile(file, text);
    await conform(path.join(folder, 'schemas'), file);
  }

  for (const example of examples) {
    const { chart, name, values } = example;
    it(`${chart} with the values ${name} passes helm lint`, async () => {
      await helm('lint', '--strict', chartFolder(chart), `--values=${values}`);
    });

    it(`${chart} with the values ${name} makes only what the kinds know`, async () => {
      await conforms(`${chart}-${name}`, await render(chart, `--values=${values}`));
    });

    it(`${chart} with the values ${name} makes what the repository shows (npm run charts)`, async () => {
      assert.equal(await readExample(example), await renderExample(example));
    });
  }

  for (const chart of CHARTS) {
    it(`${chart} is packed with all that it reads, and without its examples`, async () => {
      const packed = await helm('package', chartFolder(chart), `--destination=${folder}`);
      const archive = /saved it to: (\S+)/.exec(packed)?.[1];
      assert.ok(archive, packed);
      const names = (await runToEnd('tar', ['-tzf', archive], { cwd: folder })).split('\n');
      assert.ok(names.some((name) => name.includes('/files/')));
      assert.deepEqual(
        names.filter((name) => name.includes('/examples/')),
        [],
      );
    });
  }

  it('would not pass with a field that a kind does not know, nor with a kind that nobody does', async () => {
    const text = await render('operator');
    const wrong = text.replace('terminationGracePeriodSeconds', 'terminationGraceSeconds');
    await assert.rejects(conforms('wrong', wrong), { message: /terminationGraceSeconds/ });
    const unknown = text.replace('kind: PodDisruptionBudget', 'kind: PodDisruptionAllowance');
    await assert.rejects(conforms('unknown', unknown), { message: /PodDisruptionAllowance/i });
  });

  for (const [chart, set, message] of [
    ['operator', 'replica=3', /replica/],
    ['operator', 'replicas=0', /replicas/],
    ['operator', 'image.digest=sha256:abc', /digest/],
    ['operator', 'metrics.serviceMonitor.enable=true', /serviceMonitor/],
    ['operator', 'watchNamespaces={Shops}', /watchNamespaces/],
    ['platform', 'broker=rabbitmq', /broker/],
    ['platform', 'components.redis.host=redis', /host/],
    ['platform', 'stack.name=Shop', /name/],
    ['platform', 'development.servers.redis.images=x', /redis/],
    ['platform', 'components.redis.host=', /components\.redis\.host is needed/],
  ] as const) {
    it(`${chart} refuses ${set}, and says what it is about`, async () => {
      await assert.rejects(render(chart, '--set', set), { message });
    });
  }
});
