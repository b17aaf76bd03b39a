import { viteConfig } from '@erynoa/config/vite';

export default viteConfig({ port: 5174 });
