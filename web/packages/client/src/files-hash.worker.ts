import { type HashAnswer, hashBlob } from './files-hash';

const answer = (message: HashAnswer) => postMessage(message);

addEventListener('message', async ({ data }: MessageEvent<Blob>) => {
	try {
		answer({ hash: await hashBlob(data, (bytes) => answer({ bytes })) });
	} catch (reason) {
		answer({ failure: String(reason) });
	}
});
