/* `npm start`: installs what is missing, builds, serves, prints the address. */
import { ensurePackages, run } from './install.mjs';

ensurePackages();
if (!run('npx', ['vite', 'build', '--logLevel', 'warn'])) process.exit(1);
const port = process.env.PORT ?? '4173';
console.info(`\nPeerlane is being served; open the address below. Stop with Ctrl C.\n`);
run('npx', ['vite', 'preview', '--port', port, '--host', process.env.HOST ?? 'localhost']);
