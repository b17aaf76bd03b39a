import { hashBlob } from './files-hash';
import type { HashAnswer, HashQuestion } from './files-hash-worker';

const stopped = new Set<number>();
const answer = (message: HashAnswer) => postMessage(message);

addEventListener('message', async ({ data }: MessageEvent<HashQuestion>) => {
	const { id } = data;
	if ('stop' in data) {
		stopped.add(id);
		return;
	}
	try {
		const hash = await hashBlob(data.blob, (bytes) => {
			if (stopped.has(id)) throw new DOMException('stopped', 'AbortError');
			answer({ id, bytes });
		});
		answer({ id, hash });
	} catch (reason) {
		if (!stopped.has(id)) answer({ id, failure: String(reason) });
	} finally {
		stopped.delete(id);
	}
});
