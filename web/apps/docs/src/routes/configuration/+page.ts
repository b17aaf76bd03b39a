import { configuration } from 'virtual:erynoa/library';
import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
	if (!configuration) error(404);
	return { sections: (await configuration()).default };
};
