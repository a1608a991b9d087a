import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { openNames, type Names } from './names.ts';

const PORT = 1234;

describe('the names of sidecars', () => {
  let folder: string;
  let hosts: DatabaseSync;
  let names: Names;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'names-'));
    const file = join(folder, 'names.sqlite');
    hosts = new DatabaseSync(file);
    hosts.exec('CREATE TABLE hosts (address TEXT PRIMARY KEY, app_id TEXT)');
    names = openNames(file);
  });

  afterEach(() => {
    hosts.close();
    rmSync(folder, { recursive: true });
  });

  /** What a sidecar does when it starts, and when it follows an edit of its files. */
  function register(): void {
    hosts.prepare(`INSERT OR REPLACE INTO hosts VALUES ('127.0.0.1:' || ?, 'order')`).run(String(PORT));
  }

  function found(): unknown {
    return hosts.prepare('SELECT app_id FROM hosts').all()[0]?.['app_id'];
  }

  test('are known at once until they are guarded', () => {
    register();
    assert.equal(found(), 'order');
  });

  test('of newcomers are hidden until they are admitted', () => {
    names.guard();
    register();
    assert.equal(found(), 'order-not-ready');
    names.admit(PORT, 'order');
    assert.equal(found(), 'order');
  });

  test('stay when an admitted sidecar writes itself anew', () => {
    names.guard();
    register();
    names.admit(PORT, 'order');
    hosts.exec('DELETE FROM hosts');
    register();
    assert.equal(found(), 'order');
  });

  test('are hidden again when they are withdrawn, for those who come back, too', () => {
    register();
    names.admit(PORT, 'order');
    names.guard();
    names.withdraw(PORT, 'order');
    assert.equal(found(), 'order-not-ready');
    register();
    assert.equal(found(), 'order-not-ready');
  });
});
