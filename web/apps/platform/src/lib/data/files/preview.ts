/** How a file can be looked at here; none: only saved. */
export type PreviewKind = 'image' | 'pdf' | 'text' | 'audio' | 'video' | 'none';

const images = ['png', 'jpeg', 'gif', 'webp', 'avif', 'bmp'].map((name) => `image/${name}`);
/** What could run where it is opened is not shown at all. */
const runs = /html|svg|xml|script|x-sh|x-msdownload/;
const texts = /^(text\/.+|application\/(json|.+\+json|x-ndjson|yaml|x-yaml|toml|sql))$/;
/** Larger documents take a browser too long. */
const mostPdfBytes = 64 << 20;

/** Text is shown up to here. */
export const mostTextBytes = 256 << 10;

export function previewKind(file: { mediaType: string; size: bigint }): PreviewKind {
	const { mediaType, size } = file;
	if (size === 0n) return 'none';
	if (images.includes(mediaType)) return 'image';
	if (mediaType === 'application/pdf') return size <= BigInt(mostPdfBytes) ? 'pdf' : 'none';
	if (runs.test(mediaType)) return 'none';
	if (texts.test(mediaType)) return 'text';
	if (mediaType.startsWith('audio/')) return 'audio';
	if (mediaType.startsWith('video/')) return 'video';
	return 'none';
}

/** The beginning of a text; `cut` when there is more. */
export async function readText(
	url: string,
	size: number,
	signal: AbortSignal,
): Promise<{ text: string; cut: boolean }> {
	const response = await fetch(url, { headers: { range: `bytes=0-${mostTextBytes - 1}` }, signal });
	if (!response.ok) throw new TypeError(`the store answered ${response.status}`);
	const bytes = new Uint8Array(await response.arrayBuffer()).subarray(0, mostTextBytes);
	const utf16 =
		bytes[0] === 0xff && bytes[1] === 0xfe
			? 'utf-16le'
			: bytes[0] === 0xfe && bytes[1] === 0xff
				? 'utf-16be'
				: 'utf-8';
	return { text: new TextDecoder(utf16).decode(bytes), cut: size > mostTextBytes };
}
