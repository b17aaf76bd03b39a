import type { IconName } from '../icons';

/** One entry of the main navigation. */
export interface NavItem {
	/** Absolute path with the app's base, e.g. `/platform/people`. */
	href: string;
	label: string;
	icon: IconName;
	/** Heading above this and the following entries, on wide screens. */
	section?: string;
	/** Current only at exactly this path, not below it. Set it for the home page. */
	exact?: boolean;
}

/** Another of the three apps. */
export interface AppLink {
	href: string;
	label: string;
}

/** Whether `path` is at or below the entry. */
export function isCurrent(item: NavItem, path: string): boolean {
	const trim = (value: string) => (value.length > 1 ? value.replace(/\/+$/, '') : value);
	const here = trim(path);
	const there = trim(item.href);
	return here === there || (!item.exact && here.startsWith(`${there}/`));
}
