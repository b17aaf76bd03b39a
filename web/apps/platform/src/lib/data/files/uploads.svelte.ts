import type { Transfer, Uploads } from '@erynoa/client/files';
import type { File as StoredFile } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';

/** What is sent from this page; it goes on while the reader moves about in the app. */
class UploadList {
	/** Oldest first. */
	list = $state.raw<readonly Transfer[]>([]);
	#engine: Promise<Uploads> | undefined;
	#owner = '';
	readonly #listeners = new Set<(file: StoredFile) => void>();

	/** The engine of whoever is signed in; with what was under way when the page was left. */
	async open(): Promise<Uploads> {
		const state = erynoa.session.get();
		const owner = state.status === 'signed-in' ? state.session.identity : '';
		if (this.#engine && owner !== this.#owner) {
			const before = this.#engine;
			this.#engine = undefined;
			(await before).stop();
		}
		this.#owner = owner;
		this.#engine ??= this.#start();
		return this.#engine;
	}

	/** Calls back for each file that has arrived. */
	onfile(listener: (file: StoredFile) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async #start(): Promise<Uploads> {
		const { createUploads } = await import('@erynoa/client/files');
		const engine = createUploads({
			api: erynoa.api,
			onfile: (file) => {
				for (const listener of this.#listeners) listener(file);
			},
		});
		engine.subscribe((list) => {
			this.list = list;
		});
		const unfollow = erynoa.session.subscribe((session) => {
			if (session.status === 'signed-in' && session.session.identity === this.#owner) return;
			if (session.status === 'restoring') return;
			engine.stop();
			queueMicrotask(() => unfollow());
		});
		return engine;
	}
}

export const uploads = new UploadList();

const running: readonly Transfer['state'][] = ['waiting', 'checking', 'sending', 'joining'];

export function isRunning({ state }: Transfer): boolean {
	return running.includes(state);
}
