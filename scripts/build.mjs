// npm run build: installs what is missing and makes dist/.
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';

process.exit((await install()) && (await build()) ? 0 : 1);
