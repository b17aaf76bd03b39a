import { FileOrder } from '@erynoa/proto';

/** What the page of files shows; kept in its address. */
export interface Place {
	/** own, public, bin, or the id of a realm. */
	where: string;
	/** Such as /photos; / is the top. */
	folder: string;
	query: string;
	/** image, video, audio, text, application, font; empty = all. */
	media: string;
	order: OrderName;
}

export const orders = { name: FileOrder.NAME, newest: FileOrder.NEWEST, largest: FileOrder.LARGEST } as const;
export type OrderName = keyof typeof orders;

export function isOrder(text: string): text is OrderName {
	return Object.hasOwn(orders, text);
}

export function readPlace(search: URLSearchParams): Place {
	const order = search.get('sort') ?? '';
	return {
		where: search.get('in') ?? 'own',
		folder: search.get('folder') ?? '/',
		query: search.get('q') ?? '',
		media: search.get('media') ?? '',
		order: isOrder(order) ? order : 'name',
	};
}

/** The address of a place: what is usual does not stand in it. */
export function placeQuery(place: Place): string {
	const search = new URLSearchParams();
	if (place.where !== 'own') search.set('in', place.where);
	if (place.folder !== '/') search.set('folder', place.folder);
	if (place.query !== '') search.set('q', place.query);
	if (place.media !== '') search.set('media', place.media);
	if (place.order !== 'name') search.set('sort', place.order);
	const text = search.toString();
	return text === '' ? '' : `?${text}`;
}

/** The realm of a place; empty outside of realms. */
export function realmOf({ where }: Place): string {
	return ['own', 'public', 'bin'].includes(where) ? '' : where;
}

/** Whether the place has folders, rather than being one list. */
export function hasFolders({ where, query }: Place): boolean {
	return where !== 'public' && where !== 'bin' && query === '';
}

/** What is asked of the server for a place. */
export function askedOf(place: Place) {
	return {
		folder: hasFolders(place) ? place.folder : '',
		query: place.query,
		realm: realmOf(place),
		binned: place.where === 'bin',
		public: place.where === 'public',
		media: place.media,
		order: orders[place.order],
		pageSize: 100,
	};
}

/** The folder and those above it, the top first: /a/b gives /, /a, /a/b. */
export function trail(folder: string): { name: string; folder: string }[] {
	const names = folder.split('/').filter((name) => name !== '');
	return [
		{ name: '', folder: '/' },
		...names.map((name, at) => ({ name, folder: `/${names.slice(0, at + 1).join('/')}` })),
	];
}

/** Last name of a folder. */
export function folderName(folder: string): string {
	return folder.slice(folder.lastIndexOf('/') + 1);
}
