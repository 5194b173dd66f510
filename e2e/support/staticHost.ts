/*
 * Two static web hosts over dist/: `staticHost.ts BARE_PORT HEADERS_PORT`. The first sends no headers of ours, as
 * the simplest of hosts do; the second obeys dist/_headers (path patterns, then indented `Name: value` lines).
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

const ROOT = 'dist';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

interface HeaderRule {
  readonly prefix: string;
  readonly exact: boolean;
  readonly headers: (readonly [string, string])[];
}

function parseHeaders(text: string): readonly HeaderRule[] {
  const rules: HeaderRule[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (!line.startsWith(' ')) {
      rules.push({ prefix: line.replace(/\*$/, ''), exact: !line.endsWith('*'), headers: [] });
    } else {
      const colon = line.indexOf(':');
      rules.at(-1)?.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    }
  }
  return rules;
}

async function answer(path: string, response: ServerResponse, rules: readonly HeaderRule[]): Promise<void> {
  const file = normalize(path.endsWith('/') ? `${path}index.html` : path);
  for (const rule of rules) {
    const applies = rule.exact ? path === rule.prefix : path.startsWith(rule.prefix);
    if (applies) for (const [name, value] of rule.headers) response.setHeader(name, value);
  }
  try {
    const body = await readFile(join(ROOT, file));
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    // Nothing there: what every static host says.
    response.statusCode = 404;
    response.end('Not found');
  }
}

const withHeaders = parseHeaders(readFileSync(join(ROOT, '_headers'), 'utf8'));
const [bare, headers] = process.argv.slice(2).map(Number);
for (const [port, rules] of [
  [bare, []],
  [headers, withHeaders],
] as const) {
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? '/', 'http://localhost').pathname, response, rules);
  });
  server.listen(port, 'localhost');
}
