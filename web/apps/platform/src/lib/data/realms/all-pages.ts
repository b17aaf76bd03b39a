import type { Page } from '@erynoa/data';

/** Every item of a list that comes in pages, in its order. */
export async function allPages<T>(ask: (token: string) => Promise<Page<T>>): Promise<T[]> {
	const items: T[] = [];
	let token = '';
	do {
		const page = await ask(token);
		items.push(...page.items);
		token = page.next;
	} while (token !== '');
	return items;
}
