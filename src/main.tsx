import { installServiceWorker } from './engine/isolation.ts';
import { mount } from './ui/mount.tsx';

void installServiceWorker();
mount();
