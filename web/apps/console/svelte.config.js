import { svelteConfig } from '@erynoa/config/svelte';

export default svelteConfig({ base: '/console' });
