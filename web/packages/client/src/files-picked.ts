// What people drop or choose: single files, and folders with all that is in them.

/** A file with the folder that it shall lie in. */
export interface Picked {
	file: File;
	/** Such as /photos/2026; / is the top. */
	folder: string;
}

/** A folder within another: within('/a', 'b/c') is /a/b/c. */
export function within(folder: string, path: string): string {
	const names = [...folder.split('/'), ...path.split('/')].filter((name) => name !== '' && name !== '.');
	return `/${names.join('/')}`;
}

/** What was chosen by a file field; folders bring their path along. */
export function pickedFrom(files: Iterable<File>, folder: string): Picked[] {
	return [...files].map((file) => {
		const path = file.webkitRelativePath ?? '';
		return { file, folder: within(folder, path.slice(0, Math.max(0, path.lastIndexOf('/')))) };
	});
}

const fileOf = (entry: FileSystemFileEntry) =>
	new Promise<File>((resolve, reject) => entry.file(resolve, reject));

async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
	const reader = directory.createReader();
	const all: FileSystemEntry[] = [];
	for (;;) {
		// A browser tells of at most a hundred at once, and of none at the end.
		const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
			reader.readEntries(resolve, reject),
		);
		if (some.length === 0) return all;
		all.push(...some);
	}
}

async function walk(entry: FileSystemEntry, folder: string): Promise<Picked[]> {
	if (entry.isFile) return [{ file: await fileOf(entry as FileSystemFileEntry), folder }];
	const inner = await entriesOf(entry as FileSystemDirectoryEntry);
	const found: Picked[] = [];
	for (const each of inner) found.push(...(await walk(each, within(folder, entry.name))));
	return found;
}

/** What was dropped. Call it in the handler of the event itself: afterwards browsers forget what it was. */
export async function pickedFromDrop(transfer: DataTransfer, folder: string): Promise<Picked[]> {
	const dropped = [...transfer.items]
		.filter((item) => item.kind === 'file')
		.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? undefined, file: item.getAsFile() ?? undefined }));
	const found = await Promise.all(
		dropped.map(async ({ entry, file }) => {
			if (entry) return walk(entry, folder);
			return file ? [{ file, folder }] : [];
		}),
	);
	return found.flat();
}
