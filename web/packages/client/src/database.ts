/** The browser's own store of this origin; shared by the tabs of all three apps. */
export interface Database {
	get<T>(store: StoreName, key: string): Promise<T | undefined>;
	all<T>(store: StoreName): Promise<T[]>;
	put(store: StoreName, key: string, value: unknown): Promise<void>;
	delete(store: StoreName, key: string): Promise<void>;
}

/** keys: device keys by public key. session: the one session, under `current`. */
export type StoreName = 'keys' | 'session';

const NAME = 'erynoa';
const VERSION = 1;

function settled<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
}

function open(): Promise<IDBDatabase> {
	const request = indexedDB.open(NAME, VERSION);
	request.onupgradeneeded = () => {
		request.result.createObjectStore('keys');
		request.result.createObjectStore('session');
	};
	return settled(request);
}

/** Opens the store when it is first used. */
export function openDatabase(): Database {
	let opened: Promise<IDBDatabase> | undefined;
	const connection = async (): Promise<IDBDatabase> => {
		opened ??= open().then((database) => {
			// Another tab wants to upgrade or delete: let go, the next use opens it again.
			database.onversionchange = () => {
				database.close();
				opened = undefined;
			};
			database.onclose = () => {
				opened = undefined;
			};
			return database;
		});
		try {
			return await opened;
		} catch (error) {
			opened = undefined;
			throw error;
		}
	};
	const read = async <T>(store: StoreName, ask: (objects: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
		settled(ask((await connection()).transaction(store).objectStore(store)));
	const write = async (store: StoreName, change: (objects: IDBObjectStore) => void): Promise<void> => {
		// strict: a key must be on the disk before the log hears of it.
		const transaction = (await connection()).transaction(store, 'readwrite', { durability: 'strict' });
		change(transaction.objectStore(store));
		await new Promise<void>((resolve, reject) => {
			transaction.oncomplete = () => resolve();
			transaction.onabort = () => reject(transaction.error);
		});
	};
	return {
		get: (store, key) => read(store, (objects) => objects.get(key)),
		all: (store) => read(store, (objects) => objects.getAll()),
		put: (store, key, value) => write(store, (objects) => objects.put(value, key)),
		delete: (store, key) => write(store, (objects) => objects.delete(key)),
	};
}
