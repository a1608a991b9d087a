/** The metrics of all processes as one page, in the text format of Prometheus 0.0.4. */

interface Family {
  /** Its HELP and TYPE lines. */
  readonly head: string[];
  readonly samples: string[];
}

/** `pages` by the name of the process, which becomes the label `instance`; the page under '' stays as it is. */
export function mergeMetrics(pages: ReadonlyMap<string, string>): string {
  const families = new Map<string, Family>();
  for (const [instance, page] of pages) addPage(families, page, instance);
  return [...families.values()]
    .map(({ head, samples }) => [...head, ...samples].join('\n'))
    .join('\n\n')
    .concat('\n');
}

/** A family's lines stand together, after its HELP: a page that breaks this is not one of ours. */
function addPage(families: Map<string, Family>, page: string, instance: string): void {
  let family: Family | undefined;
  let known = false;
  for (const line of page.split('\n')) {
    const [, keyword, name = ''] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
    if (keyword === 'HELP') {
      known = families.has(name);
      family = families.get(name) ?? { head: [], samples: [] };
      families.set(name, family);
    }
    if (line === '' || family === undefined) continue;
    if (!line.startsWith('#')) family.samples.push(labelled(line, instance));
    else if (!known) family.head.push(line);
  }
}

function labelled(sample: string, instance: string): string {
  if (instance === '') return sample;
  const label = `instance=${JSON.stringify(instance)}`;
  const brace = sample.indexOf('{');
  const space = sample.indexOf(' ');
  if (brace === -1 || brace > space) return `${sample.slice(0, space)}{${label}}${sample.slice(space)}`;
  const rest = sample.slice(brace + 1);
  return `${sample.slice(0, brace + 1)}${label}${rest.startsWith('}') ? '' : ','}${rest}`;
}
