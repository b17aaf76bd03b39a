import { api } from 'virtual:erynoa/library';
import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => {
	const entry = api.find(({ slug }) => slug === `api/${params.service}`);
	if (!entry) error(404);
	return { reference: (await entry.load()).default };
};
