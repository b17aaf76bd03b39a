/** A value that can be read and followed. `$name` works on it in Svelte, as it keeps the store contract. */
export interface Readable<T> {
	get(): T;
	/** Calls back now and after each change, until the returned function is called. */
	subscribe(run: (value: T) => void): () => void;
}

/** A readable value with its setter. */
export interface Cell<T> extends Readable<T> {
	set(value: T): void;
}

/** Makes a cell. Setting the same value again tells nobody. */
export function cell<T>(initial: T): Cell<T> {
	let current = initial;
	const followers = new Set<(value: T) => void>();
	return {
		get: () => current,
		set(value) {
			if (Object.is(value, current)) return;
			current = value;
			for (const follower of [...followers]) follower(value);
		},
		subscribe(run) {
			// A new function each time, so that one callback may follow twice.
			const follower = (value: T) => run(value);
			followers.add(follower);
			run(current);
			return () => followers.delete(follower);
		},
	};
}
