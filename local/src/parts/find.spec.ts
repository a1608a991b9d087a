import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findDaprd, findSentry } from './dapr.ts';
import { partsEnvironment } from './environment.ts';
import { findJavaHome } from './java.ts';
import { prepareKafka } from './kafka.ts';
import { MissingPartError } from './missing.ts';
import { pinnedModule } from './pinned.ts';
import { findRedis } from './redis.ts';

void describe('the search for a part', () => {
  let folder: string;
  let bare: ReturnType<typeof partsEnvironment>;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'find-spec-'));
    bare = partsEnvironment({ XDG_CACHE_HOME: path.join(folder, 'cache'), PATH: path.join(folder, 'bin') });
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function program(name: string, script = '#!/bin/sh\n'): Promise<string> {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, script);
    await chmod(file, 0o755);
    return file;
  }

  void it('names what is missing and the command that installs it', async () => {
    const missing = (part: RegExp) => (error: unknown) =>
      error instanceof MissingPartError &&
      part.test(error.message) &&
      /Install it with: (sudo apt-get install -y|brew install) \S+/.test(error.message);
    assert.throws(() => findRedis(bare), missing(/^Redis is missing/));
    await assert.rejects(findDaprd(bare), missing(/^Go is missing/));
    await assert.rejects(findSentry(bare), missing(/^Go is missing/));
    const javaHome = path.dirname(
      path.dirname(await program('jdk/bin/java', '#!/bin/sh\necho \'openjdk version "21.0.1"\' >&2\n')),
    );
    await assert.rejects(prepareKafka({ ...bare, javaHome }), missing(/^Maven is missing/));
  });

  void it('ends at the program that the environment names, which must be one', async () => {
    const daprd = await program('own/daprd');
    assert.equal(await findDaprd({ ...bare, daprd }), daprd);
    assert.equal(await findSentry({ ...bare, sentry: daprd }), daprd);
    const gone = path.join(folder, 'gone');
    await assert.rejects(findDaprd({ ...bare, daprd: gone }), /DAPRD names .*gone, which is no program/);
  });

  void it('ends at what is in the cache, without a compiler', async () => {
    const cached = await program(
      `cache/ecommercestack/dapr-${pinnedModule('dapr', 'github.com/dapr/dapr').version}/daprd`,
    );
    assert.equal(await findDaprd(bare), cached);
  });

  void it('passes over a Java that is too old or only a launcher', async () => {
    await program('bin/java', '#!/bin/sh\necho "Unable to locate a Java Runtime." >&2\nexit 1\n');
    const old = await program('old/bin/java', '#!/bin/sh\necho \'openjdk version "11.0.2"\' >&2\n');
    const found = await findJavaHome({ ...bare, javaHome: path.dirname(path.dirname(old)) }).catch(
      (error: unknown) => error,
    );
    // What the machine itself has installed counts, too.
    assert.ok(
      found instanceof MissingPartError || (typeof found === 'string' && !found.startsWith(folder)),
      String(found),
    );
  });
});
