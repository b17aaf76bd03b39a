import { rest } from 'virtual:erynoa/library';
import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async () => {
	if (!rest) error(404);
	return { reference: (await rest()).default };
};
