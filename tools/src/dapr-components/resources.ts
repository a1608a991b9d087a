/** Reads the resources out of their files, and sorts them into what one installation loads together. */
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { resource } from './schema.ts';
import type { Component, Configuration, Resiliency, Resource, Subscription } from './schema.ts';

export interface SourceFile {
  /** Below dapr-components/, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What the sidecars of one platform see: one broker, one secret store, and everything that all platforms share. */
export interface Installation {
  readonly components: readonly Component[];
  readonly subscriptions: readonly Subscription[];
  readonly resiliencies: readonly Resiliency[];
  readonly configurations: readonly Configuration[];
}

export function readResources(files: readonly SourceFile[]): {
  readonly resources: readonly Resource[];
  readonly problems: readonly string[];
} {
  const resources: Resource[] = [];
  const problems: string[] = [];
  for (const { path, text } of files) {
    const documents = parseAllDocuments(text);
    for (const document of documents) {
      if (document.errors.length > 0) {
        problems.push(...document.errors.map(({ message }) => `${path}: ${message}`));
        continue;
      }
      const parsed = resource.safeParse(document.toJS());
      if (parsed.success) resources.push({ ...parsed.data, file: path });
      else problems.push(`${path}: ${z.prettifyError(parsed.error).replaceAll(/\s+/g, ' ')}`);
    }
    const kinds = resources.filter(({ file }) => file === path).map(({ kind }) => kind);
    if (documents.length > 1 && kinds.includes('Resiliency'))
      problems.push(`${path}: daprd reads a Resiliency only when it is alone in its file`);
  }
  return { resources, problems };
}

/** The folders of the brokers, and the files of `secrets/`, are alternatives. */
export function installationsOf(resources: readonly Resource[]): readonly Installation[] {
  const brokers = new Set(resources.filter(isBroker).map(({ file }) => folderOf(file)));
  const stores = new Set(resources.map(({ file }) => file).filter((file) => folderOf(file) === 'secrets'));
  return [...brokers].flatMap((broker) =>
    [...stores].map((store) => {
      const loaded = resources.filter(({ file }) => {
        const folder = folderOf(file);
        return (!brokers.has(folder) || folder === broker) && (folder !== 'secrets' || file === store);
      });
      return {
        components: loaded.filter((each) => each.kind === 'Component'),
        subscriptions: loaded.filter((each) => each.kind === 'Subscription'),
        resiliencies: loaded.filter((each) => each.kind === 'Resiliency'),
        configurations: loaded.filter((each) => each.kind === 'Configuration'),
      };
    }),
  );
}

export function isBroker(each: Resource): each is Component {
  return each.kind === 'Component' && each.spec.type.startsWith('pubsub.');
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? '';
}
