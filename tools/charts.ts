/** `npm run charts`: renders the examples of the charts anew. Helm is built the first time. */
import { writeFile } from 'node:fs/promises';
import { MissingPartError } from '@ecommercestack/local/parts';
import { CHARTS, examplesOf, renderExample } from './src/charts/helm.ts';

try {
  for (const chart of CHARTS) {
    for (const example of await examplesOf(chart)) {
      await writeFile(example.manifests, await renderExample(example));
      console.log(`charts/${chart}/examples/${example.name}/manifests.yaml`);
    }
  }
} catch (error) {
  if (!(error instanceof MissingPartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
