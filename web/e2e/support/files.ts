// Files with real content, made here, so that previews have something to show.

import { crc32, deflateSync } from 'node:zlib';
import type { Page } from '@playwright/test';

export interface Payload {
	name: string;
	mimeType: string;
	buffer: Buffer;
}

function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const frame = Buffer.alloc(8);
	frame.writeUInt32BE(data.length, 0);
	frame.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A picture of hills in the colours of a seed. */
export function picture(name: string, seed = 1, width = 480, height = 320): Payload {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 2, 0, 0, 0], 8);
	const rows = Buffer.alloc((width * 3 + 1) * height);
	for (let y = 0; y < height; y += 1) {
		for (let x = 0; x < width; x += 1) {
			const hill = height * (0.55 + 0.18 * Math.sin(x / (60 + seed * 9) + seed));
			const sky = y < hill;
			const at = y * (width * 3 + 1) + 1 + x * 3;
			rows[at] = sky ? 120 + ((seed * 37) % 90) - y / 8 : 40 + seed * 11;
			rows[at + 1] = sky ? 160 + y / 6 : 110 - (y - hill) / 4;
			rows[at + 2] = sky ? 215 : 60 + ((seed * 53) % 60);
		}
	}
	const buffer = Buffer.concat([
		Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(rows)),
		chunk('IEND', Buffer.alloc(0)),
	]);
	return { name, mimeType: 'image/png', buffer };
}

/** A document of two pages. */
export function letter(name: string, text: string): Payload {
	const page = (body: string) => `BT /F 28 Tf 72 720 Td (${body}) Tj ET`;
	const bodies = [page(text), page('The second page')];
	const objects = [
		'<</Type/Catalog/Pages 2 0 R>>',
		'<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>',
		...bodies.flatMap((body, at) => [
			`<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 7 0 R>>>>/Contents ${4 + at * 2} 0 R>>`,
			`<</Length ${body.length}>>stream\n${body}\nendstream`,
		]),
		'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
	];
	let pdf = '%PDF-1.4\n';
	const places = objects.map((object, at) => {
		const place = pdf.length;
		pdf += `${at + 1} 0 obj${object}endobj\n`;
		return `${String(place).padStart(10, '0')} 00000 n \n`;
	});
	const table = pdf.length;
	pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`;
	return { name, mimeType: 'application/pdf', buffer: Buffer.from(pdf, 'latin1') };
}

/** Half a second of a tone. */
export function tone(name: string): Payload {
	const samples = 4_000;
	const buffer = Buffer.alloc(44 + samples);
	buffer.write('RIFF', 0);
	buffer.writeUInt32LE(36 + samples, 4);
	buffer.write('WAVEfmt ', 8);
	buffer.writeUInt32LE(16, 16);
	buffer.writeUInt16LE(1, 20);
	buffer.writeUInt16LE(1, 22);
	buffer.writeUInt32LE(8_000, 24);
	buffer.writeUInt32LE(8_000, 28);
	buffer.writeUInt16LE(1, 32);
	buffer.writeUInt16LE(8, 34);
	buffer.write('data', 36);
	buffer.writeUInt32LE(samples, 40);
	for (let at = 0; at < samples; at += 1) buffer[44 + at] = 128 + 60 * Math.sin(at / 3);
	return { name, mimeType: 'audio/wav', buffer };
}

export function note(name: string, text: string, mimeType = 'text/plain'): Payload {
	return { name, mimeType, buffer: Buffer.from(text) };
}

/** So many bytes, the same for the same seed; nothing that compresses to nothing. */
export function bulk(name: string, size: number, seed = 1): Payload {
	const buffer = Buffer.alloc(size);
	let state = seed;
	for (let at = 0; at + 4 <= size; at += 4) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		buffer.writeUInt32LE(state, at);
	}
	return { name, mimeType: 'application/octet-stream', buffer };
}

/** Chooses files by the page's own field and waits until all have arrived. */
export async function upload(page: Page, files: Payload[]): Promise<void> {
	await page.getByTestId('choose-files').setInputFiles(files);
	await page
		.getByRole('heading', { name: files.length === 1 ? '1 file uploaded' : `${files.length} files uploaded` })
		.waitFor();
	await page.getByRole('button', { name: 'Clear' }).click();
}

/** What is dropped on an element, as a file manager would. */
export async function drop(page: Page, selector: string, file: Payload): Promise<void> {
	const transfer = await page.evaluateHandle(
		({ name, type, text }) => {
			const data = new DataTransfer();
			data.items.add(new File([text], name, { type }));
			return data;
		},
		{ name: file.name, type: file.mimeType, text: file.buffer.toString('utf8') },
	);
	for (const event of ['dragenter', 'dragover', 'drop'])
		await page.dispatchEvent(selector, event, { dataTransfer: transfer });
}
