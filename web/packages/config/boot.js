// Runs before the first paint, so that neither theme nor language flashes.
// Keys and order are those of packages/ui/src/theme.svelte.ts and locale.svelte.ts.
(() => {
	const root = document.documentElement;
	const read = (key) => {
		try {
			return localStorage.getItem(key);
		} catch {
			return null; // storage is blocked: the system's settings it is
		}
	};
	const theme = read('erynoa.theme');
	const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
	root.classList.toggle('dark', dark);
	const stored = read('erynoa.locale');
	const wanted = stored ? [stored] : navigator.languages;
	const locale = wanted
		.map((tag) => tag.slice(0, 2).toLowerCase())
		.find((tag) => tag === 'de' || tag === 'en');
	root.lang = locale ?? 'en';
})();
