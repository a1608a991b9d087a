/** Lists the scripts of package.json. */
import { readManifest } from './src/repository.ts';
import { describeScripts } from './src/scripts.ts';

console.log(describeScripts(readManifest()));
