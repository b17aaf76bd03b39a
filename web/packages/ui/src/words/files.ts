// Words of files: what they are, and who may read them.

import { FileAccess } from '@erynoa/proto';
import type { IconName } from '../icons';
import { type Phrase, say } from './phrase';

const media: Readonly<Record<string, { name: Phrase; icon: IconName }>> = {
	image: { name: { en: 'Pictures', de: 'Bilder' }, icon: 'image' },
	video: { name: { en: 'Videos', de: 'Videos' }, icon: 'video' },
	audio: { name: { en: 'Sound', de: 'Ton' }, icon: 'audio' },
	text: { name: { en: 'Texts', de: 'Texte' }, icon: 'text' },
	application: { name: { en: 'Documents and others', de: 'Dokumente und andere' }, icon: 'file' },
	font: { name: { en: 'Fonts', de: 'Schriften' }, icon: 'font' },
};

/** All kinds, in the order in which they are offered. */
export const mediaNames: readonly string[] = Object.keys(media);

/** The kind that a media type counts as, as the server counts. */
export function mediaOf(mediaType: string): string {
	if (mediaType.startsWith('application/font')) return 'font';
	const [top = ''] = mediaType.split('/');
	return top in media ? top : 'application';
}

/** Name of a kind: image, video, audio, text, application or font. */
export function mediaName(kind: string): string {
	return say((media[kind] ?? media.application)?.name);
}

export function mediaIcon(kind: string): IconName {
	return media[kind]?.icon ?? 'file';
}

const accesses: Readonly<Record<number, { name: Phrase; text: Phrase; icon: IconName }>> = {
	[FileAccess.PRIVATE]: {
		name: { en: 'Private', de: 'Privat' },
		text: { en: 'Only you can open it.', de: 'Nur du kannst sie öffnen.' },
		icon: 'lock',
	},
	[FileAccess.MEMBERS]: {
		name: { en: 'Members', de: 'Mitglieder' },
		text: {
			en: 'Every member of its realm can find and open it. It counts as the realm’s.',
			de: 'Alle Mitglieder ihres Realms finden und öffnen sie. Sie zählt zum Realm.',
		},
		icon: 'realm',
	},
	[FileAccess.LINK]: {
		name: { en: 'Link', de: 'Link' },
		text: {
			en: 'Whoever has one of its links can open it without signing in. Nobody finds it otherwise.',
			de: 'Wer einen ihrer Links hat, öffnet sie ohne Anmeldung. Anders findet sie niemand.',
		},
		icon: 'link',
	},
	[FileAccess.PUBLIC]: {
		name: { en: 'Public', de: 'Öffentlich' },
		text: {
			en: 'Everybody can find and open it, also without signing in.',
			de: 'Alle finden und öffnen sie, auch ohne Anmeldung.',
		},
		icon: 'globe',
	},
};

export function accessName(access: FileAccess): string {
	return say(accesses[access]?.name);
}

/** What an access means, in a sentence. */
export function accessText(access: FileAccess): string {
	return say(accesses[access]?.text);
}

export function accessIcon(access: FileAccess): IconName {
	return accesses[access]?.icon ?? 'lock';
}
