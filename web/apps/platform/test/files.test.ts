import { FileOrder } from '@erynoa/proto';
import { describe, expect, it } from 'vitest';
import {
	askedOf,
	folderName,
	hasFolders,
	placeQuery,
	readPlace,
	realmOf,
	trail,
} from '../src/lib/data/files/place';
import { previewKind } from '../src/lib/data/files/preview';

const read = (text: string) => readPlace(new URLSearchParams(text));

describe('the place of files', () => {
	it('its address and what it says are the same thing', () => {
		const realm = 'a'.repeat(64);
		for (const text of [
			'',
			'?in=bin',
			`?in=${realm}&folder=%2Fa+b%2Fc`,
			'?q=sum+mer&media=image&sort=newest',
		]) {
			expect(placeQuery(read(text))).toBe(text);
		}
		expect(placeQuery(read('?sort=sideways&in=own&folder=%2F'))).toBe('');
	});

	it('asks for one folder, for all of them when something is searched, and for the bin as a whole', () => {
		expect(askedOf(read('?folder=%2Fa'))).toMatchObject({ folder: '/a', binned: false, realm: '' });
		expect(askedOf(read('?folder=%2Fa&q=x'))).toMatchObject({ folder: '', query: 'x' });
		expect(askedOf(read('?in=bin&folder=%2Fa'))).toMatchObject({ folder: '', binned: true, realm: '' });
		expect(askedOf(read('?in=public'))).toMatchObject({ public: true, realm: '', order: FileOrder.NAME });
		expect(realmOf(read(`?in=${'b'.repeat(64)}`))).toBe('b'.repeat(64));
		expect(hasFolders(read('?in=public'))).toBe(false);
	});

	it('the way to a folder leads through all folders above it', () => {
		expect(trail('/')).toEqual([{ name: '', folder: '/' }]);
		expect(trail('/a/b c').map(({ folder }) => folder)).toEqual(['/', '/a', '/a/b c']);
		expect(folderName('/a/b c')).toBe('b c');
	});
});

describe('previews', () => {
	const kind = (mediaType: string, size = 100n) => previewKind({ mediaType, size });

	it('what could run where it is opened is not shown', () => {
		for (const type of [
			'text/html',
			'image/svg+xml',
			'application/xhtml+xml',
			'text/xml',
			'text/javascript',
			'application/x-sh',
		]) {
			expect(kind(type), type).toBe('none');
		}
	});

	it('what browsers show safely is shown', () => {
		expect(kind('image/png')).toBe('image');
		expect(kind('application/pdf')).toBe('pdf');
		expect(kind('text/plain')).toBe('text');
		expect(kind('text/markdown')).toBe('text');
		expect(kind('application/json')).toBe('text');
		expect(kind('audio/mpeg')).toBe('audio');
		expect(kind('video/mp4')).toBe('video');
		expect(kind('application/zip')).toBe('none');
		expect(kind('image/tiff')).toBe('none');
	});

	it('empty files have nothing to show, and documents have a limit', () => {
		expect(kind('text/plain', 0n)).toBe('none');
		expect(kind('application/pdf', 64n << 20n)).toBe('pdf');
		expect(kind('application/pdf', (64n << 20n) + 1n)).toBe('none');
	});
});
