// What readers do with files, with the notices that follow.

import { failureOf } from '@erynoa/data';
import type { File } from '@erynoa/proto';
import { toasts } from '@erynoa/ui';
import { erynoa } from '$lib/erynoa';
import * as m from '$lib/paraglide/messages';
import { failureText } from '$lib/words/failures';

/** What of a file is needed to act on it; a document is one, too. */
type StoredFile = Pick<File, 'id' | 'name' | 'version'>;

const api = () => erynoa.api.storage;

/** Runs a task for each file; what fails is said once. Returns those for which it worked. */
async function each<F extends StoredFile>(
	files: readonly F[],
	task: (file: F) => Promise<unknown>,
): Promise<F[]> {
	const done: F[] = [];
	for (const file of files) {
		try {
			await task(file);
			done.push(file);
		} catch (reason) {
			const error = failureOf(reason);
			if (error) toasts.bad(m.file_failed({ name: file.name, reason: failureText(error) }));
			break;
		}
	}
	return done;
}

const named = (files: readonly StoredFile[]) =>
	files.length === 1 && files[0] ? files[0].name : m.files_count({ count: files.length });

/** To the bin, with a way back. */
export async function bin<F extends StoredFile>(files: readonly F[], onundo: () => void): Promise<F[]> {
	const done = await each(files, ({ id, version }) => api().deleteFile({ id, version }));
	if (done.length === 0) return done;
	toasts.good(m.file_binned({ name: named(done) }), {
		undo: async () => {
			await each(done, ({ id }) => api().restoreFile({ id }));
			onundo();
		},
	});
	return done;
}

export async function restore<F extends StoredFile>(files: readonly F[]): Promise<F[]> {
	const done = await each(files, ({ id }) => api().restoreFile({ id }));
	if (done.length > 0) toasts.good(m.file_restored({ name: named(done) }));
	return done;
}

export async function deleteForever(files: readonly StoredFile[]): Promise<StoredFile[]> {
	const done = await each(files, ({ id, version }) => api().deleteFile({ id, version, forever: true }));
	if (done.length > 0) toasts.info(m.file_deleted({ name: named(done) }));
	return done;
}

/** Lets the browser save the bytes behind an address. */
export function saveAs(url: string, name: string): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.rel = 'noopener';
	link.click();
}

export async function download(files: readonly StoredFile[]): Promise<void> {
	await each(files, async ({ id, name }) => {
		const { url } = await api().getPresignedDownloadUrl({ id, attachment: true });
		if (url) saveAs(url.url, name);
	});
}
