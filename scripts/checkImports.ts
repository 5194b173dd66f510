/*
 * The import rules of the project, as a table, checked against every import in src/.
 * A folder may import from itself and from what its row lists; packages are listed too.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

interface Row {
  /** Folder or file below src/, without extension. The longest match decides. */
  readonly place: string;
  readonly may: readonly string[];
  readonly packages?: readonly string[];
}

const CORE = ['core/pcie', 'core/sim', 'core/config', 'core/models', 'core/host'];
const ENGINE_SIDE = ['base', ...CORE, 'topology', 'engine/protocol'];
const PAGE_SIDE = ['base', 'core/pcie', 'topology', 'engine/protocol', 'engine/clientInterface'];

const ROWS: readonly Row[] = [
  { place: 'base', may: [] },
  { place: 'core/pcie', may: ['base'] },
  { place: 'core/sim', may: ['base', 'core/pcie'] },
  { place: 'core/config', may: ['base', 'core/pcie'] },
  { place: 'core/models', may: ['base', 'core/pcie', 'core/config', 'core/sim'] },
  { place: 'core/host', may: ['base', 'core/pcie', 'core/config'] },
  { place: 'topology', may: ['base', 'core/pcie'], packages: ['valibot'] },
  { place: 'import', may: ['base', 'core/pcie', 'core/config', 'topology'] },
  // The page's side of the engine reads device memory itself, and that is all it takes from core/sim.
  { place: 'engine', may: ['base', 'core/pcie', 'core/sim/sparseMemoryReader', 'topology'] },
  { place: 'engine/machine', may: [...ENGINE_SIDE, 'engine/sharedLayout'] },
  { place: 'engine/worker', may: [...ENGINE_SIDE, 'engine'] },
  { place: 'engine/inProcessClient', may: [...ENGINE_SIDE, 'engine'] },
  // Runs the model and says what came out; the page takes tables, documents and results from it, never a run.
  { place: 'validation', may: [...ENGINE_SIDE, 'engine/machine', 'import'] },
  { place: 'cli', may: [...ENGINE_SIDE, 'engine/machine', 'import', 'validation'], packages: ['node:'] },
  { place: 'render', may: PAGE_SIDE, packages: ['d3-'] },
  {
    place: 'store',
    may: [...PAGE_SIDE, 'engine/client', 'engine/isolation', 'import'],
    packages: ['zustand/vanilla', 'valibot'],
  },
  {
    place: 'ui',
    may: [...PAGE_SIDE, 'core/config', 'engine/client', 'engine/isolation', 'render', 'store', 'import', 'validation'],
    packages: ['react', 'react-dom', 'zustand', 'lucide-react'],
  },
  { place: 'main', may: ['ui', 'store', 'render', 'engine/client', 'engine/isolation'], packages: ['react'] },
];

/** Imports that break a rule and are known: file → imported file, with a date and the reason. Empty is the aim. */
const DEBTS: readonly {
  readonly file: string;
  readonly imports: string;
  readonly since: string;
  readonly why: string;
}[] = [];

const root = resolve(process.argv[1] ?? '.', '../../src');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    // Tests and their support may reach further.
    return /\.tsx?$/.test(entry.name) && !/\.(test|testing)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

function rowOf(path: string): Row | undefined {
  return ROWS.filter((row) => within(path, row.place)).toSorted((a, b) => b.place.length - a.place.length)[0];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[^.\w])import\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+\.ts)['"]/g;

const problems: string[] = [];
let checked = 0;
for (const file of sources(root)) {
  const path = relative(root, file).replace(/\.tsx?$/, '');
  const row = rowOf(path);
  if (row === undefined) {
    problems.push(`${path}: this folder has no row in scripts/checkImports.ts`);
    continue;
  }
  const text = readFileSync(file, 'utf8');
  for (const match of text.matchAll(IMPORT)) {
    const target = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    checked += 1;
    if (target.startsWith('.')) {
      if (!/\.(ts|tsx)(\?.*)?$/.test(target)) {
        if (!/\.(css|svg|json)(\?.*)?$/.test(target)) problems.push(`${path}: import of ${target} lacks its extension`);
        continue;
      }
      const imported = relative(root, resolve(dirname(file), target.replace(/\?.*$/, ''))).replace(/\.tsx?$/, '');
      const allowed = within(imported, row.place) || row.may.some((place) => within(imported, place));
      // A worker is started, not imported: only its address is used.
      const startsWorker = match[4] !== undefined || target.includes('?worker');
      const debt = DEBTS.some((known) => known.file === path && known.imports === imported);
      if (!allowed && !startsWorker && !debt) problems.push(`${path}: may not import ${imported} (row ${row.place})`);
    } else if (
      !(row.packages ?? []).some(
        (name) => target === name || target.startsWith(name.endsWith('-') || name.endsWith(':') ? name : `${name}/`),
      )
    ) {
      problems.push(`${path}: may not import package ${target} (row ${row.place})`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.info(`${checked} imports checked, ${problems.length} against the rules, ${DEBTS.length} known debts`);
process.exit(problems.length === 0 ? 0 : 1);
