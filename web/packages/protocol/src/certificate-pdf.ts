// The certificate inside its PDF, and the seal over all of its bytes: crates/documents/src/pdf.rs.
import { blake3 } from '@noble/hashes/blake3.js';
import { concat, fromBase64, utf8 } from './bytes';
import { CERTIFICATE_MOST_BYTES } from './certificate';
import { verifySignature } from './ed25519';

const SEAL_LINE = '%ERYNOA-SEAL-V1 ';

/** Whether these bytes say that they are a PDF. */
export function isPdf(bytes: Uint8Array): boolean {
	return latin1(bytes.subarray(0, 5)) === '%PDF-';
}

/** One character for each byte, so that places in the text are places in the bytes. */
function latin1(bytes: Uint8Array): string {
	let out = '';
	for (let at = 0; at < bytes.length; at += 0x8000) {
		out += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
	}
	return out;
}

/** Whether the PDF is, byte for byte, the one that the key has sealed. */
export function isSealedPdf(pdf: Uint8Array, key: Uint8Array): boolean {
	const text = latin1(pdf);
	const end = text.lastIndexOf('startxref');
	const start = end < 0 ? -1 : text.lastIndexOf(SEAL_LINE, end - SEAL_LINE.length);
	if (start < 0 || text[end - 1] !== '\n') return false;
	const signature = fromBase64(text.slice(start + SEAL_LINE.length, end - 1));
	if (signature === undefined) return false;
	const hash = blake3(concat(pdf.subarray(0, start), pdf.subarray(end)));
	return verifySignature(key, concat(utf8('ERYNOA-PDF-V1'), hash), signature);
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
	const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate'));
	const reader = stream.getReader();
	const parts: Uint8Array[] = [];
	let length = 0;
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return concat(...parts);
			length += value.length;
			if (length > CERTIFICATE_MOST_BYTES) {
				await reader.cancel();
				return undefined;
			}
			parts.push(value);
		}
	} catch {
		return undefined;
	}
}

/** The first attachment of the PDF; undefined when there is none that we can read. */
export async function pdfAttachment(pdf: Uint8Array): Promise<Uint8Array | undefined> {
	const text = latin1(pdf);
	const names = ['/EmbeddedFile\n', '/EmbeddedFile ', '/EmbeddedFile/'].map((name) => text.indexOf(name));
	const name = names.find((at) => at >= 0);
	if (name === undefined) return undefined;
	const start = text.lastIndexOf(' obj', name);
	const stream = text.indexOf('stream', name);
	if (start < 0 || stream < 0) return undefined;
	const dictionary = text.slice(start, stream);
	const length = Number(/\/Length\s*([0-9]+)/.exec(dictionary)?.[1] ?? Number.NaN);
	const line = text.indexOf('\n', stream + 'stream'.length);
	if (!Number.isSafeInteger(length) || line < 0 || line + 1 + length > pdf.length) return undefined;
	const bytes = pdf.slice(line + 1, line + 1 + length);
	if (dictionary.includes('/FlateDecode')) return inflate(bytes);
	return bytes.length <= CERTIFICATE_MOST_BYTES ? bytes : undefined;
}
