import { error } from '@sveltejs/kit';
import { configuration } from 'virtual:erynoa/library';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
	if (!configuration) error(404);
	return { sections: (await configuration()).default };
};
