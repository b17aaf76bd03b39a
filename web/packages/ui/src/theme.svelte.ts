// Light, dark, or what the system says. boot.js in packages/config does the same
// before the first paint; keep the key and the rule alike.

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'erynoa.theme';
const darkQuery = '(prefers-color-scheme: dark)';

function stored(): Theme {
	try {
		const value = localStorage.getItem(storageKey);
		return value === 'light' || value === 'dark' ? value : 'system';
	} catch {
		return 'system'; // storage is blocked
	}
}

class ThemeState {
	#choice = $state<Theme>('system');

	constructor() {
		if (typeof window === 'undefined') return;
		this.#choice = stored();
		matchMedia(darkQuery).addEventListener('change', () => this.#apply());
	}

	get choice(): Theme {
		return this.#choice;
	}

	set(next: Theme): void {
		this.#choice = next;
		try {
			if (next === 'system') localStorage.removeItem(storageKey);
			else localStorage.setItem(storageKey, next);
		} catch {
			// Storage is blocked: the choice lasts until the page is left.
		}
		this.#apply();
	}

	#apply(): void {
		const dark = this.#choice === 'dark' || (this.#choice === 'system' && matchMedia(darkQuery).matches);
		document.documentElement.classList.toggle('dark', dark);
	}
}

export const theme = new ThemeState();
