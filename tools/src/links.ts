/** Relative links in Markdown that lead nowhere. */
import path from 'node:path';

/** Where a document points to, without links to other sites, to its own headings, and without code. */
export function relativeLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/^(```|~~~).*?^\1/gms, '').replaceAll(/`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const defined = [...prose.matchAll(/^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm)];
  return [...inline, ...defined]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^([a-z][a-z+.-]*:|\/\/|#)/i.test(target))
    .map((target) => decodeURIComponent(target.replace(/[?#].*$/, '')));
}

/** `file` and the existing paths are relative to the root, with forward slashes. */
export function brokenLinks(file: string, markdown: string, exists: (path: string) => boolean): string[] {
  return relativeLinks(markdown).filter((target) => {
    const base = target.startsWith('/') ? '' : path.posix.dirname(file);
    return !exists(path.posix.join(base, target).replace(/^\//, ''));
  });
}
