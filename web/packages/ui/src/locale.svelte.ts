// The language of the whole installation: one choice for the three apps, which
// share an origin. Paraglide reads it through overwriteGetLocale (README.md), so
// that changing it redraws every text without a reload.

export const locales = ['en', 'de'] as const;
export type Locale = (typeof locales)[number];

const storageKey = 'erynoa.locale';

export function isLocale(value: unknown): value is Locale {
	return value === 'en' || value === 'de';
}

/** The stored choice, else the first language of the browser that we speak, else English. */
export function preferredLocale(stored: string | null, languages: readonly string[]): Locale {
	if (isLocale(stored)) return stored;
	return languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLocale) ?? 'en';
}

function stored(): string | null {
	try {
		return localStorage.getItem(storageKey);
	} catch {
		return null; // storage is blocked
	}
}

class LocaleState {
	#current = $state<Locale>(
		typeof navigator === 'undefined' ? 'en' : preferredLocale(stored(), navigator.languages),
	);

	get current(): Locale {
		return this.#current;
	}

	/** Changes the language now and for the next visits. */
	set(next: Locale): void {
		this.#current = next;
		document.documentElement.lang = next;
		try {
			localStorage.setItem(storageKey, next);
		} catch {
			// Storage is blocked: the choice lasts until the page is left.
		}
	}
}

export const locale = new LocaleState();
