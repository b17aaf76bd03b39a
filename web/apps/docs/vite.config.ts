import { viteConfig } from '@erynoa/config/vite';
import type { UserConfig } from 'vite';
import { documentation } from './src/content/plugin.ts';

const config: UserConfig = viteConfig({ port: 5175 });

export default { ...config, plugins: [documentation(), ...(config.plugins ?? [])] } satisfies UserConfig;
